import { shortName } from '../../words/names.js';

interface Props {
  readonly noun: string;
  /** Only in the right run. */
  readonly added: readonly string[];
  /** Only in the left run. */
  readonly removed: readonly string[];
  /** In both; undefined where the API does not tell. */
  readonly common?: readonly string[];
}

/** What both have, and what only one of them has. */
export function Shared({ noun, added, removed, common }: Props) {
  const groups = [
    ...(common === undefined ? [] : [['In both', common] as const]),
    ['Only in the left run', removed],
    ['Only in the right run', added],
  ] as const;
  if (added.length === 0 && removed.length === 0 && (common ?? []).length === 0) {
    return <p className="quiet">No {noun} is in one run and missing in the other.</p>;
  }
  return (
    <dl className="facts">
      {groups.map(([title, names]) => (
        <div key={title} className="compare-group">
          <dt>{title}</dt>
          <dd>{names.length === 0 ? <span className="quiet">none</span> : names.map(shortName).join(', ')}</dd>
        </div>
      ))}
    </dl>
  );
}
