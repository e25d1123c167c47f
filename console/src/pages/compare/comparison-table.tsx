import type { RunComparison } from '../../api/types.js';
import { StatusBadge } from '../../ui/badge.js';
import { RunLink } from '../../ui/run-link.js';
import { Ago } from '../../ui/time.js';
import { differencesOf, type Side } from './differences.js';

interface Props {
  readonly comparison: RunComparison;
  readonly left: Side;
  readonly right: Side;
}

/** Both runs line by line; what differs stands out. */
export function ComparisonTable({ comparison, left, right }: Props) {
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label="Both runs line by line">
      <table className="table compare-table">
        <thead>
          <tr>
            <td />
            <SideHead name="Left" side={left} />
            <SideHead name="Right" side={right} />
            <th scope="col">Difference</th>
          </tr>
        </thead>
        <tbody>
          {differencesOf(comparison, left, right).map(({ name, left: leftIs, right: rightIs, change, isSame }) => (
            <tr key={name} data-differs={(!isSame && change !== undefined) || undefined}>
              <th scope="row">{name}</th>
              <td className="number">{leftIs}</td>
              <td className="number">{rightIs}</td>
              <td className="number compare-change">{change ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SideHead({ name, side: { run } }: { name: string; side: Side }) {
  return (
    <th scope="col" className="compare-side">
      <span className="quiet">{name}</span>
      <p>
        <RunLink run={run} />
      </p>
      <p>
        <StatusBadge status={run.status} /> <Ago iso={run.createdAt} />
      </p>
    </th>
  );
}
