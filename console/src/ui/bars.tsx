import { useId } from 'react';
import '../styles/bars.css';

interface Props {
  readonly title: string;
  readonly labels: readonly string[];
  readonly data: readonly number[];
  readonly labelWords: (label: string) => string;
  readonly valueWords: (value: number) => string;
}

/** Of a bar’s place, this much is bar. */
const BAR_SHARE = 0.8;
/** Fewer figures than this leave room beside them, so that a single one is no wall. */
const PLACES_MIN = 8;
/** The SVG’s own height; CSS stretches it. */
const HEIGHT = 100;

/** A few figures as bars, and as a table for whoever cannot see them. */
export function Bars({ title, labels, data, labelWords, valueWords }: Props) {
  const titleId = useId();
  const top = Math.max(...data, 0);
  const [first, last] = [labels[0], labels.at(-1)];
  return (
    <figure className="bars" aria-labelledby={titleId}>
      <figcaption id={titleId}>
        {title} <span className="quiet number">up to {valueWords(top)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${Math.max(PLACES_MIN, data.length)} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {data.map((value, index) => (
          <Bar key={index} place={index} share={top === 0 ? 0 : value / top}>
            {`${labelWords(labels[index] ?? '')}: ${valueWords(value)}`}
          </Bar>
        ))}
      </svg>
      {first !== undefined && last !== undefined && (
        <p className="bars-ends quiet" aria-hidden="true">
          <span>{labelWords(first)}</span>
          <span>{labelWords(last)}</span>
        </p>
      )}
      <div className="visually-hidden">
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">{title}</th>
            </tr>
          </thead>
          <tbody>
            {data.map((value, index) => (
              <tr key={index}>
                <th scope="row">{labelWords(labels[index] ?? '')}</th>
                <td>{valueWords(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function Bar({ place, share, children }: { place: number; share: number; children: string }) {
  const height = Math.max(share * HEIGHT, share > 0 ? 3 : 1);
  return (
    <rect
      className="bars-bar"
      data-empty={share === 0 || undefined}
      x={place + (1 - BAR_SHARE) / 2}
      y={HEIGHT - height}
      width={BAR_SHARE}
      height={height}
    >
      <title>{children}</title>
    </rect>
  );
}
