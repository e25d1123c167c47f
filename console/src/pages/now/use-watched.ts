import { useQueries, useQuery } from '@tanstack/react-query';
import { toServerTime } from '../../api/server-clock.js';
import { queries } from '../../api/queries.js';
import { NON_TERMINAL } from '../../words/status.js';
import { useNow } from '../../ui/use-now.js';
import { ASKED_OF_EACH_MAX, byNeed, firstSight, worthAsking } from './attention.js';

/** So many runs are judged by what the list tells; of more, those that changed most recently are left to the Runs page. */
const JUDGED_MAX = 200;

/** Every run that has not ended, sandbox runs too, in the order in which a person should look at them. */
export function useWatched() {
  const list = useQuery(
    queries.runsNow({
      status: [...NON_TERMINAL],
      includeSandbox: true,
      includeArchived: true,
      sortBy: 'updatedAt',
      sortOrder: 'asc',
      limit: JUDGED_MAX,
    }),
  );
  const now = useNow();
  // Nothing is held against a run that was last heard of before the connection was lost.
  const asOf = Math.min(now, toServerTime(list.dataUpdatedAt));
  const judged = byNeed((list.data?.data ?? []).map(firstSight), asOf);
  const asked = worthAsking(judged, asOf);
  const facts = useQueries({ queries: asked.map(({ run }) => queries.watched(run.id)) });
  const watched = byNeed(
    asked.map(({ run }, index) => ({ ...firstSight(run), ...facts[index]?.data })),
    asOf,
  );
  const needyBySight = judged.filter(({ concerns }) => concerns.length > 0).length;
  const needyNow = watched.filter(({ concerns }) => concerns.length > 0).length;
  return { list, watched, needyCount: needyNow + Math.max(0, needyBySight - ASKED_OF_EACH_MAX) };
}
