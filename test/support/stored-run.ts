import { expect } from 'vitest';
import type { CanonicalEvent } from '../../src/contracts/events.js';
import type { RunMetrics } from '../../src/contracts/metrics.js';
import type { Projection } from '../../src/contracts/projection.js';
import { TERMINAL_STATUSES } from '../../src/contracts/run.js';
import type { Database } from '../../src/db/database.client.js';
import type { Envelope } from '../../src/gen/macp/v1/envelope_pb.js';
import { initialMetrics, reduceMetrics } from '../../src/projection/metrics.js';
import { initialProjection, reduce, toStateView } from '../../src/projection/reduce.js';
import type { Api } from './api.js';
import { until } from './until.js';

type Json = Readonly<Record<string, unknown>>;

/** A stored envelope, in a form that can be compared with what the runtime delivers. */
export interface EnvelopeFacts {
  readonly messageId: string;
  readonly messageType: string;
  readonly mode: string;
  readonly sessionId: string;
  readonly sender: string;
  readonly macpVersion: string;
  readonly timestampUnixMs: number;
  /** Hex. */
  readonly payload: string;
}

interface Whole {
  readonly run: Json | null;
  readonly projection: Json | null;
  readonly metrics: Json | null;
  readonly events: readonly Json[];
  readonly raws: readonly Json[];
  readonly outbox: readonly Json[];
}

const all = (table: string, order: string): string =>
  `coalesce((select jsonb_agg(to_jsonb(t) order by ${order}) from ${table} t where run_id = $1::uuid), '[]'::jsonb)`;
const one = (table: string, key = 'run_id'): string => `(select to_jsonb(t) from ${table} t where ${key} = $1::uuid)`;

/** One statement, so that everything is of one moment even while the run goes on. */
const EVERYTHING = `select jsonb_build_object(
  'run', ${one('runs', 'id')},
  'projection', ${one('run_projections')},
  'metrics', ${one('run_metrics')},
  'events', (select coalesce(jsonb_agg(to_jsonb(e) - 'payload' - 'data' || jsonb_build_object(
      'payload', coalesce(e.payload, said.payload), 'data', coalesce(e.data, said.data), 'raw', encode(r.payload, 'hex')
    ) order by e.seq), '[]'::jsonb)
    from run_events_canonical e
    left join run_events_canonical said on said.run_id = e.run_id and said.seq = e.data_seq
    left join run_events_raw r on r.run_id = e.run_id and r.seq = e.position
    where e.run_id = $1::uuid),
  'raws', ${all('run_events_raw', 'seq')},
  'outbox', ${all('run_outbound_messages', 'step')}
)::text as whole`;

/** What the tables hold of one run, read past the code under test: rows as JSON, made by the database. */
export class StoredRun {
  private constructor(
    readonly runId: string,
    readonly row: Json,
    readonly events: readonly CanonicalEvent[],
    readonly raws: readonly Json[],
    readonly projection: Json,
    readonly metrics: Json,
    readonly outbox: readonly Json[],
  ) {}

  static async read(database: Database, runId: string): Promise<StoredRun> {
    const [found] = await database.query(EVERYTHING, [runId]);
    const { run, projection, metrics, events, raws, outbox } = JSON.parse(String(found?.['whole'])) as Whole;
    if (!run || !projection || !metrics) throw new Error(`run ${runId} is not stored`);
    return new StoredRun(runId, run, events.map(toEvent), raws, projection, metrics, outbox);
  }

  /** Envelopes off the session's stream, in the order of their ordinals. */
  get accepted(): readonly EnvelopeFacts[] {
    return this.raws.filter((raw) => raw['kind'] === 'stream-envelope' && raw['ordinal'] !== null).map(rawFacts);
  }

  /** The run's statuses as its events carry them, in order, each change once. */
  get statuses(): readonly string[] {
    const told = this.events.flatMap(({ type, data }) => [
      ...namedIn(data, 'runStatus'),
      ...(type.startsWith('run.') ? namedIn(data, 'status') : []),
    ]);
    return told.filter((status, index) => status !== told[index - 1]);
  }

  /** Fails unless log, projection, metrics and record tell the same story, numbered without gaps. */
  expectSound(): void {
    const { events, row, runId } = this;
    const count = events.length;
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(this.raws.map((raw) => raw['seq'])).toEqual(this.raws.map((_, index) => index + 1));
    expect({ lastSeq: row['last_seq'], lastPosition: row['last_position'] }).toEqual({
      lastSeq: count,
      lastPosition: this.raws.length,
    });
    expect(events[0]?.type).toBe('run.created');
    const folded = foldOf(runId, events);
    expect(storedProjection(this.projection)).toEqual(folded);
    expect(storedMetrics(this.metrics)).toEqual(events.reduce(reduceMetrics, initialMetrics()));
    expect(row['status']).toBe(folded.view.run.status);
    this.expectOneEnd();
    this.expectOrdinals();
  }

  /** Whether a gap is on record that says so: the runtime no longer had this envelope. */
  private isLost(ordinal: number): boolean {
    return this.events.some(
      ({ type, data }) =>
        type === 'session.stream.opened' &&
        data.status === 'gap' &&
        ordinal >= (data.fromOrdinal ?? Infinity) &&
        ordinal <= (data.toOrdinal ?? 0),
    );
  }

  private expectOneEnd(): void {
    const ends = this.events.filter(({ type }) => TERMINAL_STATUSES.some((status) => type === `run.${status}`));
    const isOver = TERMINAL_STATUSES.some((status) => status === this.row['status']);
    expect(ends.map(({ type }) => type)).toEqual(isOver ? [`run.${String(this.row['status'])}`] : []);
  }

  private expectOrdinals(): void {
    const ordinals = this.raws.flatMap((raw) => (raw['ordinal'] === null ? [] : [Number(raw['ordinal'])]));
    const all = Array.from({ length: Number(this.row['last_ordinal']) }, (_, index) => index + 1);
    expect(ordinals).toEqual(all.filter((ordinal) => !this.isLost(ordinal)));
    const ids = this.accepted.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    const heard = this.events.filter(({ type, data }) => type === 'message.received' && !(data as Json)['ambient']);
    expect(heard.map(({ data }) => (data as Json)['messageId'])).toEqual(ids);
  }
}

/** Fails unless clients are served what is stored: the log, and the fold of all and of half of it. */
export async function expectServed(api: Api, stored: StoredRun): Promise<void> {
  const { runId } = stored;
  // A run that goes on may be served with more than was read from the tables, never with something else.
  const { state, served } = await until(`a quiet moment of run ${runId}`, async () => {
    const [before, events] = [await api.state(runId), await api.events(runId)];
    return before.timeline.latestSeq === events.length ? { state: before, served: events } : undefined;
  });
  const events = served.map(({ data, ...rest }) => ({ ...rest, data: withoutTwin(data) })) as readonly CanonicalEvent[];
  expect(events.slice(0, stored.events.length)).toEqual(stored.events);
  expect(state).toEqual(toStateView(foldOf(runId, events)));
  const middle = Math.ceil(events.length / 2);
  const replayed = await api.ok<{ state: unknown }>('GET', `/runs/${runId}/replay/state?seq=${middle}`);
  expect(replayed.state).toEqual(toStateView(foldOf(runId, events.slice(0, middle))));
}

function foldOf(runId: string, events: readonly CanonicalEvent[]): Projection {
  return events.reduce(reduce, initialProjection(runId));
}

/** The envelope as the runtime delivered it, in the same form as a stored one. */
export function envelopeFacts(envelope: Envelope): EnvelopeFacts {
  const { messageId, messageType, mode, sessionId, sender, macpVersion, timestampUnixMs, payload } = envelope;
  return {
    messageId,
    messageType,
    mode,
    sessionId,
    sender,
    macpVersion,
    timestampUnixMs: Number(timestampUnixMs),
    payload: Buffer.from(payload).toString('hex'),
  };
}

function toEvent(row: Json): CanonicalEvent {
  const raw = Buffer.from(typeof row['raw'] === 'string' ? row['raw'] : '', 'hex');
  const payload = row['payload'] === null ? {} : { payload: withTexts(row['payload'], raw) };
  const rawType = row['raw_type'] === null ? {} : { rawType: row['raw_type'] };
  const event = {
    id: row['id'],
    runId: row['run_id'],
    seq: row['seq'],
    ts: isoOf(row['ts']),
    type: row['type'],
    schemaVersion: row['schema_version'],
    subject: { kind: row['subject_kind'], id: row['subject_id'] },
    source: {
      kind: row['source_kind'],
      name: row['source_name'],
      ...rawType,
      position: row['position'],
      ordinal: row['ordinal'],
    },
    ...(typeof row['trace_id'] === 'string' ? { trace: { traceId: row['trace_id'].replaceAll('-', '') } } : {}),
    data: { ...(withTexts(row['data'], raw) as Json), ...payload },
  };
  // The columns are what the contract says; the comparison with what is served would show any difference.
  return event as CanonicalEvent;
}

/** Texts that are stored as their place in the raw payload, put back: read here by other code than the service's. */
function withTexts(value: unknown, raw: Buffer): unknown {
  if (typeof value === 'string') {
    const place = /^\u0001(\d+),(\d+)$/.exec(value);
    if (place === null) return value.startsWith('\u0001') ? value.slice(1) : value;
    return raw.subarray(Number(place[1]), Number(place[1]) + Number(place[2])).toString();
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withTexts(item, raw));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(/^\u0001/, ''), withTexts(item, raw)]),
  );
}

function rawFacts(raw: Json): EnvelopeFacts {
  return {
    messageId: String(raw['message_id']),
    messageType: String(raw['message_type']),
    mode: String(raw['mode']),
    sessionId: String(raw['session_id']),
    sender: String(raw['sender']),
    macpVersion: String(raw['macp_version']),
    timestampUnixMs: Number(raw['timestamp_unix_ms']),
    payload: String(raw['payload']).replace(/^\\x/, ''),
  };
}

function storedProjection(row: Json): unknown {
  const blocks = [
    'run',
    'participants',
    'graph',
    'decision',
    'signals',
    'progress',
    'timeline',
    'trace',
    'llm',
    'policy',
  ];
  return {
    projectionVersion: row['projection_version'],
    view: {
      ...Object.fromEntries(blocks.map((block) => [block, row[block]])),
      outboundMessages: row['outbound_messages'],
      ...(row['participants_truncated'] === true ? { participantsTruncated: true } : {}),
    },
    book: row['book'],
  };
}

const METRIC_TIMES: readonly string[] = ['firstEventAt', 'lastEventAt', 'startedAt', 'endedAt'];

function storedMetrics(row: Json): Partial<RunMetrics> {
  const { run_id: _runId, outcome_known: known, outcome_positive: positive, ...columns } = row;
  const named = Object.entries(columns).map(([column, value]) => [camelCase(column), value] as const);
  const present = named.filter(([name, value]) => value !== null || name === 'durationMs');
  const values = present.map(([name, value]) => [name, METRIC_TIMES.includes(name) ? isoOf(value) : value] as const);
  return { ...Object.fromEntries(values), ...(known === true ? { outcomePositive: positive as boolean | null } : {}) };
}

function camelCase(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function isoOf(printed: unknown): string {
  return new Date(String(printed)).toISOString();
}

function namedIn(data: object, name: string): readonly string[] {
  const value = (data as Json)[name];
  return typeof value === 'string' ? [value] : [];
}

/** The payload is served under two names and stored under one. */
function withoutTwin(data: object): object {
  const { decodedPayload, ...rest } = data as Json;
  if (decodedPayload !== undefined) expect(decodedPayload).toEqual(rest['payload']);
  return rest;
}
