import { expect, it } from 'vitest';
import { isRefused, noteAnswer, onBearerChange, onRefusalChange, setBearer } from './credential.js';

it('asks for a bearer once a request was refused, until the same one is answered or another bearer is there', () => {
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

it('tells of a new bearer whoever waits for one', () => {
  let heard = 0;
  const stop = onBearerChange(() => (heard += 1));
  setBearer('a');
  stop();
  setBearer(undefined);
  expect(heard).toBe(1);
});
