import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import type { WatchedFacts } from '../../api/watched-facts.js';
import { NON_TERMINAL } from '../../words/status.js';
import { useNow } from '../../ui/use-now.js';
import { byNeed, firstSight } from './attention.js';

/** So many runs are judged by what the list tells; of more, those that changed most recently are left to the Runs page. */
const JUDGED_MAX = 200;
/** So many of those that need a look, and of the others, are shown and asked about one by one. */
const SHOWN_OF_EACH_MAX = 10;

/** Every run that has not ended, sandbox runs too, in the order in which a person should look at them. */
export function useWatched() {
  const now = useNow();
  const client = useQueryClient();
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
  const judged = byNeed((list.data?.data ?? []).map(firstSight), now);
  const needy = judged.filter(({ concerns }) => concerns.length > 0);
  const fine = judged.filter(({ concerns }) => concerns.length === 0);
  const runs = [...needy.slice(0, SHOWN_OF_EACH_MAX), ...fine.slice(0, SHOWN_OF_EACH_MAX)];
  const facts = useQueries({
    queries: runs.map(({ run }) => ({
      ...queries.watched(run.id, run.updatedAt),
      // What was known before the run changed stands until the new answer is there.
      placeholderData: () =>
        client
          .getQueriesData<WatchedFacts>({ queryKey: ['run', run.id, 'watched'] })
          .findLast(([, known]) => known)?.[1],
    })),
  });
  const watched = runs.map(({ run }, index) => ({ ...firstSight(run), ...facts[index]?.data }));
  return { list, watched: byNeed(watched, now), needyCount: needy.length };
}
