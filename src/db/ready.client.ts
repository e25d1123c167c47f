import type { Executor } from './database.client.js';

const READY_MS_MAX = 2_000;

/** Whether the database answers a trivial question in time. Never throws; the question itself is bounded elsewhere. */
export async function answers(executor: Executor): Promise<boolean> {
  const answer = executor.query('select 1').then(
    () => true,
    () => false,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), READY_MS_MAX);
  });
  const ready = await Promise.race([answer, late]);
  clearTimeout(timer);
  return ready;
}
