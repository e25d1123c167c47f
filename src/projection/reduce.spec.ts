import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consoleFaults } from '../../test/support/console-shape.js';
import { freeze } from '../../test/support/freeze.js';
import { asEvent, hostileLog } from '../../test/support/hostile-log.js';
import { EVENT_TYPES, type CanonicalEvent } from '../contracts/events.js';
import type { Projection } from '../contracts/projection.js';
import { initialMetrics, reduceMetrics } from './metrics.js';
import { initialProjection, reduce, toStateView } from './reduce.js';

/** The value as jsonb gives it back: through JSON, keys in another order. */
function throughJsonb<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)))
      : part,
  ) as T;
}

/** One text for one value, whatever the order of keys. */
const canonical = (value: unknown): string => JSON.stringify(throughJsonb(value));

/** Paths of what JSON would change: undefined, NaN, infinities, -0, and anything that is no plain data. */
function jsonFaults(value: unknown, path = '$'): string[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => jsonFaults(each, `${path}[${index}]`));
  if (typeof value === 'object' && value !== null) {
    const isPlain = Object.getPrototypeOf(value) === Object.prototype;
    const inside = Object.entries(value).flatMap(([key, each]) => jsonFaults(each, `${path}.${key}`));
    return isPlain ? inside : [`${path} is no plain object`, ...inside];
  }
  const isNumber = typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0);
  return isNumber || typeof value === 'string' || typeof value === 'boolean' || value === null ? [] : [path];
}

const fold = (events: readonly CanonicalEvent[], from = initialProjection('run')): Projection =>
  events.reduce(reduce, from);

describe('the fold', () => {
  it('stores what it would store at once, however often it went through the database', () => {
    fc.assert(
      fc.property(hostileLog, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (events, stored) => {
        const atOnce = fold(events);
        const inSteps = events.reduce((state, event, index) => {
          const next = reduce(state, event);
          return stored[index] === true ? throughJsonb(next) : next;
        }, initialProjection('run'));
        expect(canonical(inSteps)).toBe(canonical(atOnce));
        expect(jsonFaults(atOnce)).toEqual([]);

        const metrics = events.reduce(reduceMetrics, initialMetrics());
        const metricsInSteps = events.reduce(
          (state, event, index) =>
            stored[index] === true ? throughJsonb(reduceMetrics(state, event)) : reduceMetrics(state, event),
          initialMetrics(),
        );
        expect(canonical(metricsInSteps)).toBe(canonical(metrics));
        expect(jsonFaults(metrics)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('changes neither state nor event', () => {
    fc.assert(
      fc.property(hostileLog, (events) => {
        let state = freeze(initialProjection('run'));
        let metrics = freeze(initialMetrics());
        for (const event of events) {
          const before = canonical(state);
          freeze(event.data);
          const next = reduce(state, event);
          expect(canonical(state)).toBe(before);
          metrics = freeze(reduceMetrics(metrics, event));
          state = freeze(next);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leaves nothing for the console to stumble over', () => {
    fc.assert(
      fc.property(hostileLog, (events) => {
        expect(consoleFaults(toStateView(fold(events)))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('is total on anything that calls itself an event', () => {
    const anything = fc.record(
      {
        id: fc.anything(),
        seq: fc.anything(),
        ts: fc.anything(),
        type: fc.oneof(fc.constantFrom(...EVENT_TYPES, '__proto__', 'toString', 'hasOwnProperty'), fc.anything()),
        subject: fc.anything(),
        trace: fc.anything(),
        data: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(anything.map(asEvent), { maxLength: 20 }), (events) => {
        const state = fold(events);
        expect(jsonFaults(state)).toEqual([]);
        expect(consoleFaults(state.view)).toEqual([]);
        expect(state.view.timeline.totalEvents).toBe(events.length);
        expect(jsonFaults(events.reduce(reduceMetrics, initialMetrics()))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('invariants', () => {
  it('hold after every event', () => {
    fc.assert(
      fc.property(hostileLog, (events) => {
        let state = initialProjection('run');
        for (const event of events) {
          const before = state;
          state = reduce(state, event);
          expectInvariants(before, state);
        }
        expect(events.reduce(reduceMetrics, initialMetrics()).eventCount).toBe(state.view.timeline.totalEvents);
      }),
      { numRuns: 150 },
    );
  });

  function expectInvariants(before: Projection, { view, book }: Projection): void {
    const { timeline, decision, policy, llm } = view;
    expect(timeline.latestSeq).toBe(timeline.totalEvents);
    expect(llm.totals.callCount).toBeGreaterThanOrEqual(llm.calls.length);

    // A tally row counts heads: never more than voted on its proposal.
    for (const row of policy.voteTally) {
      const voters = new Set(book.proposals.find(({ id }) => id === row.commitmentId)?.ballots.map(([voter]) => voter));
      expect(row.allow + row.deny + row.abstain).toBeLessThanOrEqual(voters.size);
      expect(row.threshold).toBeGreaterThanOrEqual(0);
      expect(row.threshold).toBeLessThanOrEqual(1);
    }
    // As long as no entry was dropped, every allow and deny ballot shows on exactly one entry.
    const entries = decision.current?.proposals ?? [];
    const shown = entries.flatMap(({ vote, participantId, proposalId: id }) =>
      vote ? [[id, participantId, vote]] : [],
    );
    const counted = book.proposals.flatMap(({ id, ballots }) =>
      ballots.filter(([, ballot]) => ballot !== 'abstain').map(([voter, ballot]) => [id, voter, ballot]),
    );
    if (entries.length < 50) expect(shown.map(String).sort()).toEqual(counted.map(String).sort());

    const former = before.view.decision.current;
    if (former?.finalized) {
      const { proposals: _former, ...decided } = former;
      expect(decision.current).toMatchObject(decided);
    }
    if (before.book.terminal) {
      expect(view.run.status).toBe(before.view.run.status);
      const statuses = view.participants.map(({ status }) => status).slice(0, before.view.participants.length);
      expect(statuses).toEqual(before.view.participants.map(({ status }) => status));
    }
  }
});
