import { describe, expect, it } from 'vitest';
import type { EventDraft } from '../contracts/events.js';
import type { RawDraft } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { newRun } from '../storage/run-row.js';
import { dedupeKeysOf, place, type Hearing } from './place.js';

const AT = '2025-01-01T00:00:00.000Z' as Run['createdAt'];

const run: Run = newRun({
  id: '0190a0a0-0000-7000-8000-000000000001' as Run['id'],
  sessionId: 's' as Run['sessionId'],
  request: {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: { modeName: 'm', modeVersion: '1', configurationVersion: '1', ttlMs: 1, participants: [] },
    kickoff: [],
    execution: {},
  },
  fingerprint: '',
  tags: [],
  traceId: '0'.repeat(32),
  executionMode: 'driver',
  origin: 'request',
  runtimeKind: 'rust',
  modeName: 'm',
  createdAt: AT,
});

function envelope(messageId: string, messageType = 'Vote'): RawDraft {
  return {
    kind: 'stream-envelope',
    receivedAt: AT,
    dedupeKey: `m:${messageId}`,
    envelope: {
      macpVersion: '1.0',
      mode: 'm',
      messageType,
      messageId,
      sessionId: 's',
      sender: 'alice',
      timestampUnixMs: 0,
      payload: new Uint8Array([1]),
    },
  };
}

function failed(kind: 'runtime' | 'macp-control-plane', error = 'broke'): EventDraft {
  return {
    type: 'run.failed',
    ts: AT,
    subject: { kind: 'run', id: run.id },
    source: { kind, name: 'n' },
    data: { status: 'failed', endedAt: AT, error, errorCode: 'E' },
  };
}

function placed(hearing: Hearing, known: readonly string[] = [], start = run) {
  let count = 0;
  return place(start, hearing, new Set(known), () => `id-${(count += 1)}`);
}

const saysNothing: Hearing['interpret'] = () => ({ drafts: [], parked: null });

describe('place', () => {
  it('numbers from where the run stands', () => {
    const start = { ...run, lastSeq: 7, lastPosition: 3, lastOrdinal: 2 } as Run;
    const {
      raws,
      events,
      run: after,
    } = placed(
      { heard: [envelope('a'), envelope('b')], interpret: () => ({ drafts: [failed('runtime')], parked: 'why' }) },
      [],
      start,
    );
    expect(raws.map(({ position, ordinal, parked }) => [position, ordinal, parked])).toEqual([
      [4, 3, 'why'],
      [5, 4, 'why'],
    ]);
    expect(events.map(({ id, seq, source }) => [id, seq, source.position, source.ordinal])).toEqual([
      ['id-1', 8, 4, 3],
      ['id-2', 9, 5, 4],
    ]);
    expect(after).toMatchObject({ status: 'failed', lastSeq: 9, lastPosition: 5, lastOrdinal: 4 });
  });

  it('interprets each raw event with the run as the ones before left it', () => {
    const seen: string[] = [];
    placed({
      heard: [envelope('a'), envelope('b')],
      interpret: (current) => {
        seen.push(current.status);
        return { drafts: [failed('runtime')], parked: null };
      },
      decide: (current) => {
        seen.push(`${current.status} ${current.lastSeq}`);
        return [];
      },
    });
    expect(seen).toEqual(['queued', 'failed', 'failed 2']);
  });

  it('gives control-plane events no place in the stream, also because of a raw event', () => {
    const { events } = placed({
      heard: [envelope('a')],
      interpret: () => ({ drafts: [failed('macp-control-plane')], parked: null }),
      decide: () => [failed('macp-control-plane')],
    });
    expect(events.map(({ source }) => [source.position, source.ordinal])).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it('drops known envelopes without using up a number', () => {
    const { raws, knownCount } = placed(
      { heard: [envelope('a'), envelope('b'), envelope('b'), envelope('c')], interpret: saysNothing },
      ['m:a'],
    );
    expect(knownCount).toBe(2);
    expect(raws.map(({ position, ordinal }) => [position, ordinal])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('drops news of a session that says nothing new', () => {
    const news: RawDraft = {
      kind: 'session-snapshot',
      receivedAt: AT,
      info: { via: 'read', state: 'SESSION_STATE_OPEN' },
    };
    expect(placed({ heard: [news], interpret: saysNothing })).toMatchObject({ raws: [], run });
    const told = placed({ heard: [news], interpret: () => ({ drafts: [failed('runtime')], parked: null }) });
    expect(told.raws).toHaveLength(1);
  });

  it.each(['SessionCancel', 'SessionSuspend', 'SessionResume'])('gives a %s no ordinal', (messageType) => {
    const { raws, run: after } = placed({
      heard: [envelope('a'), envelope('b', messageType), envelope('c')],
      interpret: saysNothing,
    });
    expect(raws.map(({ ordinal }) => ordinal)).toEqual([1, null, 2]);
    expect(after.lastOrdinal).toBe(2);
  });

  it('never moves the cursor back', () => {
    const gap = (toOrdinal: number): RawDraft => ({
      kind: 'stream-status',
      receivedAt: AT,
      info: { status: 'gap', afterSequence: 0, toOrdinal },
    });
    const after = (toOrdinal: number) =>
      placed({ heard: [gap(toOrdinal)], interpret: saysNothing }, [], { ...run, lastOrdinal: 5 } as Run).run
        .lastOrdinal;
    expect([after(9), after(3)]).toEqual([9, 5]);
  });

  it('carries a trace only when there is a valid one', () => {
    expect(placed({ decide: () => [failed('runtime')] }).events[0]).not.toHaveProperty('trace');
    const traced = placed({ decide: () => [failed('runtime')] }, [], { ...run, traceId: 'ab'.repeat(16) });
    expect(traced.events[0]?.trace).toEqual({ traceId: 'ab'.repeat(16) });
  });

  it('folds and stores the same text, one that the database takes', () => {
    const { events, run: after } = placed({ decide: () => [failed('runtime', 'a\0b\ud800')] });
    expect(events[0]?.data).toMatchObject({ error: 'a\ufffdb\ufffd' });
    expect(after.error?.message).toBe('a\ufffdb\ufffd');
  });

  it('knows the keys of a batch', () => {
    const status: RawDraft = { kind: 'stream-status', receivedAt: AT, info: { status: 'opened', afterSequence: 0 } };
    expect(dedupeKeysOf([envelope('a'), status, envelope('b')])).toEqual(['m:a', 'm:b']);
  });
});
