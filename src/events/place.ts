import type { WireEnvelope } from '../contracts/envelope.js';
import {
  EVENT_SCHEMA_VERSION,
  type CanonicalEvent,
  type EventDraft,
  type EventSource,
  type TraceRef,
} from '../contracts/events.js';
import type { Ordinal, Position, Seq } from '../contracts/ids.js';
import type { RawDraft, RawEvent } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { storable } from '../contracts/text.js';
import { evolve } from './evolve.js';
import { isAnnotation, type Normalized, type PlacedRaw } from './normalize.js';
import { storableJson } from './storable-json.js';

/** What was heard of a run, and what is to happen because of it or besides it. */
export interface Hearing {
  readonly heard?: readonly RawDraft[];
  /** What one raw event says, given the run as the events before it left it. */
  readonly interpret?: (run: Run, raw: PlacedRaw) => Normalized;
  /** What else is to be recorded, given the run as everything heard left it. Throws to refuse the whole change. */
  readonly decide?: (run: Run) => readonly EventDraft[];
}

/** A change with everything in its place; nothing of it is stored yet. */
export interface Placed {
  readonly run: Run;
  readonly raws: readonly RawEvent[];
  readonly events: readonly CanonicalEvent[];
  /** Raw events that were heard before, and dropped. */
  readonly knownCount: number;
}

/** Where the raw event stands that a draft was read from. */
type Origin = Pick<EventSource, 'position' | 'ordinal'>;

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

/** The keys by which a batch may turn out to be known. */
export function dedupeKeysOf(heard: readonly RawDraft[]): readonly string[] {
  return heard.flatMap((raw) => ('dedupeKey' in raw ? [raw.dedupeKey] : []));
}

/**
 * Numbers a change, in order: raw events get a position and, where the runtime counts them, an ordinal; drafts get an
 * id, a seq and their source's place. Each raw event is interpreted with the run as it stands by then. Known envelopes
 * are dropped, and so is news of a session that says nothing new.
 */
export function place(run: Run, hearing: Hearing, known: ReadonlySet<string>, newId: () => string): Placed {
  const placing = new Placing(run, known, newId);
  for (const draft of hearing.heard ?? []) placing.hear(draft, hearing.interpret);
  for (const draft of hearing.decide?.(placing.run) ?? []) placing.add(draft, undefined);
  return placing;
}

/** The run while its numbers move. */
type Draft = { -readonly [K in keyof Run]: Run[K] };

class Placing implements Placed {
  readonly raws: RawEvent[] = [];
  readonly events: CanonicalEvent[] = [];
  knownCount = 0;
  private readonly keys: Set<string>;
  private readonly trace: { readonly trace?: TraceRef };
  /** `run`, if that is a copy of our own by now: a copy for every number of every event was a good part of placing. */
  private draft: Draft | undefined;
  private said: { readonly draft: object; readonly stored: object } | undefined;

  constructor(
    public run: Run,
    known: ReadonlySet<string>,
    private readonly newId: () => string,
  ) {
    this.keys = new Set(known);
    this.trace = TRACE_ID.test(run.traceId) ? { trace: { traceId: run.traceId } } : {};
  }

  hear(draft: RawDraft, interpret: Hearing['interpret']): void {
    if ('dedupeKey' in draft) {
      if (this.keys.has(draft.dedupeKey)) {
        this.knownCount += 1;
        return;
      }
      this.keys.add(draft.dedupeKey);
    }
    // A position is the next number of its kind by definition.
    const position = (this.run.lastPosition + 1) as Position;
    const ordinal = ordinalOf(this.run, draft);
    const { drafts, parked } = interpret?.(this.run, { position, ordinal, ...draft }) ?? { drafts: [], parked: null };
    if (draft.kind === 'session-snapshot' && drafts.length === 0 && parked === null) return;
    this.raws.push(storableRaw({ runId: this.run.id, position, ordinal, parked, ...draft }));
    const own = this.own();
    own.lastPosition = position;
    own.lastOrdinal = lastOrdinalAfter(own, draft, ordinal);
    for (const each of drafts) this.add(each, { position, ordinal });
  }

  add(draft: EventDraft, origin: Origin | undefined): void {
    const { subject, source } = draft;
    const isOurs = source.kind !== 'runtime';
    // An event's type and data belong together in the draft, and they are taken over together.
    const event = {
      id: this.newId(),
      runId: this.run.id,
      seq: (this.run.lastSeq + 1) as Seq,
      ts: draft.ts,
      type: draft.type,
      schemaVersion: EVENT_SCHEMA_VERSION,
      subject: { kind: subject.kind, id: storable(subject.id) },
      source: sourceOf(source, isOurs ? undefined : origin),
      ...this.trace,
      data: this.storableData(draft.data),
    } as CanonicalEvent;
    this.events.push(event);
    const folded = evolve(this.run, event);
    if (folded !== this.run) this.draft = undefined;
    this.run = folded;
    this.own().lastSeq = event.seq;
  }

  private own(): Draft {
    this.draft ??= { ...this.run };
    this.run = this.draft;
    return this.draft;
  }

  /** Drafts that say the same by the very same object do so as events, too. */
  private storableData(data: EventDraft['data']): object {
    if (this.said?.draft !== data) this.said = { draft: data, stored: storableJson(data) };
    return this.said.stored;
  }
}

/** The runtime counts what it accepts into a session's history; whether annotations take a number is not known. */
function ordinalOf(run: Run, draft: RawDraft): Ordinal | null {
  if (draft.kind !== 'stream-envelope' || isAnnotation(draft.envelope.messageType)) return null;
  return (run.lastOrdinal + 1) as Ordinal;
}

function lastOrdinalAfter(run: Run, draft: RawDraft, ordinal: Ordinal | null): Ordinal {
  const lost = draft.kind === 'stream-status' && draft.info.status === 'gap' ? draft.info.toOrdinal : undefined;
  // A gap names the last ordinal that was lost; the cursor never goes back.
  if (lost !== undefined) return Math.max(run.lastOrdinal, lost) as Ordinal;
  return ordinal ?? run.lastOrdinal;
}

/** Text columns take no U+0000. The payload's bytes stay as they came. */
function storableRaw(raw: RawEvent): RawEvent {
  const parked = raw.parked === null ? null : storable(raw.parked);
  if (!('envelope' in raw)) return { ...storableJson(raw), parked };
  return { ...raw, parked, envelope: storableEnvelope(raw.envelope) };
}

// The two below name every field: taken apart as a rest and spread again, each took ten times as long.

function storableEnvelope(envelope: WireEnvelope): WireEnvelope {
  return {
    macpVersion: storable(envelope.macpVersion),
    mode: storable(envelope.mode),
    messageType: storable(envelope.messageType),
    messageId: storable(envelope.messageId),
    sessionId: storable(envelope.sessionId),
    sender: storable(envelope.sender),
    timestampUnixMs: storableJson(envelope.timestampUnixMs),
    payload: envelope.payload,
  };
}

function sourceOf({ kind, name, rawType }: EventDraft['source'], origin: Origin | undefined): EventSource {
  const { position = null, ordinal = null } = origin ?? {};
  if (rawType === undefined) return { kind, name: storable(name), position, ordinal };
  return { kind, name: storable(name), rawType: storable(rawType), position, ordinal };
}
