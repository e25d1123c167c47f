import { expect, it } from 'vitest';
import { isBearer, isRefused, noteAnswer, onBearerChange, onRefusalChange, setBearer } from './credential.js';

it('asks for a bearer once a request was refused, until such a one is answered or another bearer is there', () => {
  const told: boolean[] = [];
  const stop = onRefusalChange(() => told.push(isRefused()));
  noteAnswer(401, '/runs', undefined);
  noteAnswer(401, '/readyz', undefined);
  noteAnswer(200, '/examples', undefined);
  expect(told).toEqual([true]);
  noteAnswer(200, '/runs', undefined);
  expect(told).toEqual([true, false]);
  noteAnswer(401, '/runs', undefined);
  setBearer('new');
  // An answer to what went before.
  noteAnswer(401, '/runs', undefined);
  expect(told).toEqual([true, false, true, false]);
  stop();
});

it('takes any request that was refused for signed in once it is answered, and no failure for an answer', () => {
  setBearer(undefined);
  const refused = (path: string): void => noteAnswer(401, path, undefined);
  refused('/runs/left-behind');
  refused('/readyz');
  for (const status of [429, 500, 503]) noteAnswer(status, '/readyz', undefined);
  expect(isRefused()).toBe(true);
  noteAnswer(200, '/readyz', undefined);
  expect(isRefused()).toBe(false);
  // Nothing is left of the other one.
  noteAnswer(200, '/runs/left-behind', undefined);
  refused('/readyz');
  expect(isRefused()).toBe(true);
  noteAnswer(403, '/readyz', undefined);
  expect(isRefused()).toBe(false);
});

it('tells of a new bearer whoever waits for one', () => {
  let heard = 0;
  const stop = onBearerChange(() => (heard += 1));
  setBearer('a');
  stop();
  setBearer(undefined);
  expect(heard).toBe(1);
});

it('takes nothing for a bearer that no header can carry', () => {
  expect(['secret', 'eyJhbGciOi.J9-_~+/='].map(isBearer)).toEqual([true, true]);
  expect(['', 'sec ret', 'secret\u200b', 'sécret', '“secret”', 'secret\n'].map(isBearer)).toEqual(
    Array.from({ length: 6 }, () => false),
  );
});
