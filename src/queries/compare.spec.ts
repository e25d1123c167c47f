import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../contracts/run-record.js';
import { initialProjection, toStateView } from '../projection/reduce.js';
import { compareRuns, type ComparedRun } from './compare.js';

const EMPTY = toStateView(initialProjection('r'));

function run(given: Partial<RunRecord>, state: object = {}): ComparedRun {
  const record = { id: 'r', status: 'completed', modeName: 'm', ...given };
  // As much of a record and of a state as a comparison reads.
  return { record: record as RunRecord, state: { ...EMPTY, ...state } };
}

const people = (...ids: string[]) => ({ participants: ids.map((participantId) => ({ participantId })) });
const signals = (...names: string[]) => ({ signals: { signals: names.map((name) => ({ name })) } });
const decided = (action: string, confidence?: number) => ({ decision: { current: { action, confidence } } });
const lasting = (ms: number): Partial<RunRecord> =>
  ({ startedAt: '2026-01-01T00:00:00.000Z', endedAt: new Date(Date.UTC(2026, 0, 1) + ms).toISOString() }) as object;

describe('comparing runs', () => {
  it('tells what the right one has more or less of, each once', () => {
    const left = run(lasting(1_000), { ...people('a', 'b'), ...signals('x', 'x', 'y'), ...decided('go', 0.5) });
    const right = run(
      { ...lasting(400), status: 'failed' },
      { ...people('b', 'c'), ...signals('z', 'y', 'z'), ...decided('stop', 0.75) },
    );
    expect(compareRuns(left, right)).toMatchObject({
      statusMatch: false,
      actionMatch: false,
      durationDeltaMs: -600,
      confidenceDelta: 0.25,
      participantsDiff: { added: ['c'], removed: ['a'], common: ['b'] },
      signalsDiff: { added: ['z'], removed: ['x'] },
    });
  });

  it('leaves out what one of them does not have', () => {
    const comparison = compareRuns(run(lasting(5), decided('go', 1)), run({}));
    expect(comparison).not.toHaveProperty('durationDeltaMs');
    expect(comparison).not.toHaveProperty('confidenceDelta');
    expect(comparison.right).not.toHaveProperty('action');
  });

  it('finds no difference in a run to itself', () => {
    const same = run(lasting(5), { ...people('a'), ...signals('x'), ...decided('go', 1) });
    expect(compareRuns(same, same)).toMatchObject({
      statusMatch: true,
      actionMatch: true,
      durationDeltaMs: 0,
      totalTokensDelta: 0,
      participantsDiff: { added: [], removed: [], common: ['a'] },
    });
  });
});
