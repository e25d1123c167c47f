import { expect, it } from 'vitest';
import { runFixture } from '../../words/run.fixture.js';
import { choose, chosenAmong, CHOSEN_MAX, NOTHING, range, refusedOnly } from './selection.js';

const run = (id: string) => runFixture({ id });
const rows = ['a', 'b', 'c', 'd'].map(run);
const ids = (runs: Iterable<{ readonly id: string }>) => [...runs].map(({ id }) => id);

it('keeps what was chosen when more is, and lets go of what is not any more', () => {
  const two = choose(choose(NOTHING, [run('a')], true), [run('b')], true);
  expect(ids(two.values())).toEqual(['a', 'b']);
  expect(ids(choose(two, [run('a')], false).values())).toEqual(['b']);
});

it('takes no more than one request may name, and still renews those it has', () => {
  const many = Array.from({ length: CHOSEN_MAX + 5 }, (_, index) => run(`r${index}`));
  const full = choose(NOTHING, many, true);
  expect(full.size).toBe(CHOSEN_MAX);
  const renewed = choose(full, [runFixture({ id: 'r0', status: 'failed' })], true);
  expect(renewed.size).toBe(CHOSEN_MAX);
  expect(renewed.get('r0')?.status).toBe('failed');
});

it('spans the rows between two presses in both directions', () => {
  expect(ids(range(rows, 'b', 'd'))).toEqual(['b', 'c', 'd']);
  expect(ids(range(rows, 'd', 'b'))).toEqual(['b', 'c', 'd']);
  expect(ids(range(rows, 'gone', 'b'))).toEqual(['b']);
  expect(ids(range(rows, undefined, 'c'))).toEqual(['c']);
  expect(range(rows, 'a', 'gone')).toEqual([]);
});

it('tells whether none, some or all of a page are chosen', () => {
  const some = choose(NOTHING, rows.slice(0, 2), true);
  expect(chosenAmong(NOTHING, rows)).toBe('none');
  expect(chosenAmong(some, rows)).toBe('some');
  expect(chosenAmong(some, rows.slice(0, 2))).toBe('all');
  expect(chosenAmong(some, [])).toBe('none');
});

it('leaves the refused ones chosen', () => {
  const chosen = choose(NOTHING, rows, true);
  const error = { errorCode: 'CONFLICT', message: 'no' } as const;
  const results = [
    { runId: 'a', ok: true },
    { runId: 'c', ok: false, error },
  ];
  expect(ids(refusedOnly(chosen, { results, succeeded: 1, failed: 1 }).values())).toEqual(['c']);
});
