import { expect, it } from 'vitest';
import { runFixture } from './run.fixture.js';
import { durationOf, environmentOf, outcomeOf, runTitle } from './run.js';

it('names a run by its label, its intent, its scenario or its id, in this order', () => {
  const executionRequest = { session: { intent: 'Ship it?' } };
  expect(runTitle(runFixture({ metadata: { runLabel: 'Release', executionRequest } }))).toBe('Release');
  expect(runTitle(runFixture({ metadata: { executionRequest, scenarioRef: 'demo/a' } }))).toBe('Ship it?');
  expect(runTitle(runFixture({ metadata: { scenarioRef: 'demo/a' } }))).toBe('demo/a');
  expect(runTitle(runFixture({ metadata: { runLabel: ' ' } }))).toBe('Run …1c0b9d3e');
});

it('measures from the start to the end, or to now', () => {
  const now = Date.parse('2026-07-10T12:00:10.000Z');
  expect(durationOf(runFixture({ startedAt: undefined }), now)).toBeUndefined();
  expect(durationOf(runFixture({ startedAt: '2026-07-10T12:00:00.000Z' }), now)).toBe(10_000);
  const ended = runFixture({ startedAt: '2026-07-10T12:00:00.000Z', endedAt: '2026-07-10T12:00:04.000Z' });
  expect(durationOf(ended, now)).toBe(4_000);
});

it('tells an outcome only of a run that completed', () => {
  const metadata = { outcomePositive: false, committedAction: 'decline the loan' };
  expect(outcomeOf(runFixture({ status: 'completed', metadata }))).toEqual({
    word: 'Decided against',
    tone: 'bad',
    action: 'decline the loan',
  });
  expect(outcomeOf(runFixture({ status: 'completed', metadata: {} }))?.word).toBe('Outcome could not be read');
  expect(outcomeOf(runFixture({ status: 'cancelled', metadata }))).toBeUndefined();
});

it('reads the environment only where it is text', () => {
  expect(environmentOf(runFixture({ metadata: { environment: 'staging' } }))).toBe('staging');
  expect(environmentOf(runFixture({ metadata: { environment: 4 } }))).toBeUndefined();
});
