import { answerOf, api } from './client.js';
import type { BatchResult } from './types.js';

/** What can be done to several runs at once. */
export type BatchAction = 'cancel' | 'archive' | 'delete';

/** Stands in the log of a run that somebody cancelled without saying why. */
const NO_REASON = 'cancelled in the console';

/** Does it to each of these runs and tells of each what became of it. `reason` goes with a cancel. */
export function actOnRuns(action: BatchAction, runIds: string[], reason: string): Promise<BatchResult> {
  switch (action) {
    case 'cancel':
      return answerOf(api.POST('/runs/batch/cancel', { body: { runIds, reason: reason === '' ? NO_REASON : reason } }));
    case 'archive':
      return answerOf(api.POST('/runs/batch/archive', { body: { runIds } }));
    case 'delete':
      return answerOf(api.POST('/runs/batch/delete', { body: { runIds } }));
  }
}

/** Everything that is stored of these runs, as a file of JSON; the browser keeps a large one on disk. */
export function exportOf(runIds: string[]): Promise<Blob> {
  return answerOf(api.POST('/runs/batch/export', { body: { runIds }, parseAs: 'blob' }));
}
