import { describe, expect, it } from 'vitest';
import { combine, groupsOf } from './statement.js';

describe('combine', () => {
  it('renumbers the values of every write', () => {
    const { text, values } = combine([
      { text: 'insert into a values ($1, $2)', values: ['one', 'two'] },
      { text: 'update b set x = $2, y = $1 where z = $10', values: ['three', 'four', 5, 6, 7, 8, 9, 10, 11, 'twelve'] },
    ]);
    expect(text).toContain('w0 as (insert into a values ($1, $2) returning 1)');
    expect(text).toContain('w1 as (update b set x = $4, y = $3 where z = $12 returning 1)');
    expect(text).toMatch(/as c0, .*as c1$/);
    expect(values).toHaveLength(12);
    expect(values[11]).toBe('twelve');
  });

  it('keeps texts apart by their writes, their numbers of values and the condition', () => {
    const [one, two] = [
      { text: 'delete from a where x = $1', values: [1] },
      { text: 'delete from b where x = $1', values: [2] },
    ];
    const wide = { ...one, values: [1, 'not in the text'] };
    const lists = [[one, two], [two, one], [one], [one, one], [wide, two]];
    const texts = [...lists.map((writes) => combine(writes)), ...lists.map((writes) => combine(writes, true))];
    expect(new Set(texts.map(({ text }) => text)).size).toBe(texts.length);
    expect(texts.map(({ text }) => text)).toEqual([
      ...lists.map((writes) => combine(writes).text),
      ...lists.map((writes) => combine(writes, true).text),
    ]);
  });
});

describe('groupsOf', () => {
  const write = (...values: unknown[]) => ({ text: '', values });
  const sizes = (writes: readonly ReturnType<typeof write>[]) => groupsOf(writes, 10).map((group) => group.length);

  it('keeps together what fits into one statement, and the order', () => {
    expect(sizes([write('12345', 1), write('12345'), write('6')])).toEqual([2, 1]);
    expect(sizes([write('longer than allowed'), write('1')])).toEqual([1, 1]);
    expect(sizes([])).toEqual([]);
  });
});
