import { expect, it } from 'vitest';
import { jsonRows } from './json-rows.js';

it('puts rows into as few texts as their length allows, in order', () => {
  const rows = [{ a: 'xx' }, { a: 'yy' }, { a: 'z'.repeat(40) }, { a: 1 }];
  const texts = jsonRows(rows, 22);
  expect(texts.map((text) => (JSON.parse(text) as unknown[]).length)).toEqual([2, 1, 1]);
  expect(texts.flatMap((text) => JSON.parse(text) as unknown[])).toEqual(rows);
  expect(jsonRows([])).toEqual([]);
});
