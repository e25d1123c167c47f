import type { BatchAction } from '../../api/batch.client.js';
import type { BatchResult } from '../../api/types.js';
import { countOf } from '../../words/number.js';

interface ActionWords {
  readonly verb: string;
  readonly done: string;
  /** What it means, before one agrees to it. */
  readonly meaning: string;
}

export const ACTIONS: Readonly<Record<BatchAction, ActionWords>> = {
  cancel: {
    verb: 'Cancel',
    done: 'cancelled',
    meaning:
      'Their sessions end, and no decision comes of them. Runs that ended with a decision or a failure are refused.',
  },
  archive: {
    verb: 'Archive',
    done: 'archived',
    meaning:
      'They leave the lists and are only found when archived runs are asked for. Runs that have not ended are refused.',
  },
  delete: {
    verb: 'Delete',
    done: 'deleted',
    meaning: 'Everything that is stored of them is lost for good. Runs that have not ended are refused.',
  },
};

/** What became of all of them, in a sentence. */
export function resultWords(action: BatchAction, { succeeded, failed }: BatchResult): string {
  const { done } = ACTIONS[action];
  if (failed === 0) return `All done: ${countOf(succeeded, 'run')} ${done}.`;
  if (succeeded === 0) return `None was ${done}: ${countOf(failed, 'run')} refused.`;
  return `${countOf(succeeded, 'run')} ${done}, ${countOf(failed, 'run')} refused.`;
}
