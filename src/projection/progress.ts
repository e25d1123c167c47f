import type { ProgressView } from '../contracts/projection.js';
import { MESSAGE_CHARS_MAX, PROGRESS_MAX } from './bounds.js';
import { idOf, numberOf, textOf } from './read.js';
import { present, type Update } from './update.js';

const PERCENTAGE_MAX = 100;

export const listProgress: Update<'progress.reported'> = (draft, { data, ts, seq }) => {
  if (data.member === false) return;
  const percentage = numberOf(data.percentage);
  const entry = present<ProgressView>({
    participantId: idOf(data.sender),
    percentage: percentage === undefined ? undefined : Math.min(PERCENTAGE_MAX, Math.max(0, percentage)),
    message: textOf(data.message, MESSAGE_CHARS_MAX) ?? '',
    ts,
    seq,
  });
  draft.view.progress = { entries: draft.append(draft.view.progress.entries, entry, PROGRESS_MAX) };
};
