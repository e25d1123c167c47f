import type { TimelineEntry } from '../contracts/projection.js';
import { TIMELINE_MAX } from './bounds.js';
import { idOf } from './read.js';
import type { Update } from './update.js';

/** Every event, whatever its type. `latestSeq` and `totalEvents` are equal as long as the log has no gap. */
export const recordTimeline: Update = (draft, { id, seq, ts, type, subject }) => {
  const { totalEvents, recent } = draft.view.timeline;
  const about = { kind: subject.kind, id: idOf(subject.id) };
  const entry: TimelineEntry = { id: idOf(id), seq, ts, type: idOf(type), subject: about };
  draft.view.timeline = {
    latestSeq: seq,
    totalEvents: totalEvents + 1,
    recent: draft.append(recent, entry, TIMELINE_MAX),
  };
};
