import type { TallyBar } from './tally.js';

const NAMES = { for: 'for', against: 'against', neither: 'abstained' } as const;

/** A bar with the mark where it has to get to. The words say all of it; the bar only shows them. */
export function TallyFigure({ bar, title }: { bar: TallyBar; title: string | undefined }) {
  return (
    <figure className="tally">
      {title !== undefined && <span className="tally-title">{title}</span>}
      <div className="tally-bar" aria-hidden="true">
        {bar.parts.map(({ side, count, share }) => (
          <span key={side} className="tally-part" data-side={side} style={{ flexBasis: `${share * 100}%` }}>
            {share > 0.14 ? `${count.toLocaleString('en')} ${NAMES[side]}` : ''}
          </span>
        ))}
        {bar.mark !== undefined && (
          <span className="tally-mark" style={{ left: `${Math.min(1, bar.mark) * 100}%` }}>
            <span>needed</span>
          </span>
        )}
      </div>
      <figcaption data-reached={bar.isReached}>{bar.words}</figcaption>
    </figure>
  );
}
