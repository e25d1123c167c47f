import type { CanonicalEvent } from '../contracts/events.js';
import type { RunStateView } from '../contracts/projection.js';
import { ARTIFACTS_MAX } from './bounds.js';
import { idOf, isRecord } from './read.js';
import { present, type Update } from './update.js';

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/i;

function validTraceId(value: unknown): string | undefined {
  return typeof value === 'string' && TRACE_ID.test(value) ? value : undefined;
}

/** The first valid trace id of any event names the run's trace; every change of span counts one. */
export const followTrace: Update = ({ view }, event) => {
  const { run, trace } = view;
  const traceId = trace.traceId ?? heardTraceId(event);
  const spanId = isRecord(event.trace) ? idOf(event.trace['spanId']) : '';
  const isNewSpan = spanId !== '' && spanId !== trace.lastSpanId;
  if (traceId === trace.traceId && !isNewSpan) return;
  if (traceId !== undefined) view.run = { ...run, traceId };
  view.trace = present<RunStateView['trace']>({
    ...trace,
    traceId,
    spanCount: trace.spanCount + (isNewSpan ? 1 : 0),
    lastSpanId: isNewSpan ? spanId : trace.lastSpanId,
  });
};

function heardTraceId(event: CanonicalEvent): string | undefined {
  const heard = isRecord(event.trace) ? validTraceId(event.trace['traceId']) : undefined;
  return heard ?? (event.type === 'run.created' ? validTraceId(event.data.traceId) : undefined);
}

export const linkArtifact: Update<'artifact.created'> = (draft, { subject }) => {
  const { trace } = draft.view;
  const id = idOf(subject.id);
  if (id === '' || trace.linkedArtifacts.includes(id)) return;
  draft.view.trace = { ...trace, linkedArtifacts: draft.append(trace.linkedArtifacts, id, ARTIFACTS_MAX) };
};
