import type { ProgressView } from '../contracts/projection.js';
import { MESSAGE_CHARS_MAX, PROGRESS_MAX } from './bounds.js';
import { idOf, numberOf, textOf } from './read.js';
import { append, present, withView, type Update } from './update.js';

const PERCENTAGE_MAX = 100;

export const listProgress: Update<'progress.reported'> = (projection, { data, ts, seq }) => {
  if (data.member === false) return projection;
  const percentage = numberOf(data.percentage);
  const entry = present<ProgressView>({
    participantId: idOf(data.sender),
    percentage: percentage === undefined ? undefined : Math.min(PERCENTAGE_MAX, Math.max(0, percentage)),
    message: textOf(data.message, MESSAGE_CHARS_MAX) ?? '',
    ts,
    seq,
  });
  return withView(projection, {
    progress: { entries: append(projection.view.progress.entries, entry, PROGRESS_MAX) },
  });
};
