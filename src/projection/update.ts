import type { EventOf, EventType } from '../contracts/events.js';
import type { Projection, ProjectionBook, RunStateView } from '../contracts/projection.js';

/** The events by type, so that an update for several types serves each of them. */
export type Events = { readonly [T in EventType]: EventOf<T> };

/** What one slice makes of one event. Total and pure; returns its input when nothing changes. */
export type Update<T extends EventType = EventType> = (projection: Projection, event: Events[T]) => Projection;

/** The fields of `T`, where an optional one may also be given as undefined. */
type Sparse<T> = { [K in keyof T]: Partial<Pick<T, K>> extends Pick<T, K> ? T[K] | undefined : T[K] };

/** An object without its undefined fields: what has no value is absent, in memory as in JSON. */
export function present<T extends object>(fields: Sparse<T>): T {
  const kept: Partial<T> = {};
  // A loop, since this is done several times per event: by way of entries it took eight times as long.
  for (const name in fields) {
    if (fields[name] !== undefined) kept[name] = fields[name];
  }
  // Only optional fields can be undefined, so what is left has every field that T asks for.
  return kept as T;
}

/**
 * The projection with some blocks replaced. Most of what a fold does is this, so the fields are named: a copy of a copy,
 * spread event after event, is what V8 keeps no fast way for. A new block needs its name here, or this does not compile.
 */
export function withView(projection: Projection, patch: Partial<RunStateView>): Projection {
  const { projectionVersion, view, book } = projection;
  const { run, participants, graph, decision, signals, progress, timeline, trace, outboundMessages, llm, policy } =
    view;
  const blocks = {
    run,
    participants,
    graph,
    decision,
    signals,
    progress,
    timeline,
    trace,
    outboundMessages,
    llm,
    policy,
  };
  const { participantsTruncated } = view;
  const kept: RunStateView = participantsTruncated === undefined ? blocks : { ...blocks, participantsTruncated };
  return { projectionVersion, view: Object.assign(kept, patch), book };
}

export function withBook(projection: Projection, patch: Partial<ProjectionBook>): Projection {
  return { ...projection, book: { ...projection.book, ...patch } };
}

/** The list with one more entry; over the limit the oldest goes. */
export function append<T>(list: readonly T[], entry: T, countMax: number): readonly T[] {
  // One copy of the right size, then a step in place: a slice that is spread leaves three times as much behind.
  const next = list.concat([entry]);
  while (next.length > countMax) next.shift();
  return next;
}
