import { describe, expect, it } from 'vitest';
import { ColumnText, NO_VALUE } from './column-text.js';

describe('a column', () => {
  it('is one text with a separator before every value', () => {
    expect(String(ColumnText.of(['a', 1, true, NO_VALUE, '']))).toBe('\u001ea\u001e1\u001etrue\u001e\u0002\u001e');
    expect(String(ColumnText.of([]))).toBe('');
  });

  it('tells about how long its text will be', () => {
    const column = ColumnText.of(['word', 12]);
    expect(column.units).toBeGreaterThanOrEqual(String(column).length);
  });

  it('is joined with others in their order, and stays what it was', () => {
    const [one, none, two] = [ColumnText.of(['a', 1]), ColumnText.of([]), ColumnText.of([NO_VALUE, 'b'])];
    const all = ColumnText.joined([one, none, two]);
    expect(all.units).toBe(one.units + two.units);
    const before = String(two);
    expect(String(all)).toBe('\u001ea\u001e1\u001e\u0002\u001eb');
    expect([before, ...[one, none, two].map(String)]).toEqual([
      '\u001e\u0002\u001eb',
      '\u001ea\u001e1',
      '',
      '\u001e\u0002\u001eb',
    ]);
  });

  it('says once what is the same in all rows, and still does with others that say it', () => {
    const [two, one] = [ColumnText.same('a', 2), ColumnText.same('a', 1)];
    const all = ColumnText.joined([two, one]);
    expect([String(all), all.common]).toEqual(['', 'a']);
    expect(String(ColumnText.joined([all, ColumnText.same('b', 1)]))).toBe('\u001ea\u001ea\u001ea\u001eb');
    expect([two, ColumnText.same(NO_VALUE, 2), ColumnText.of(['a', 'a'])].map(({ common }) => common)).toEqual([
      'a',
      null,
      null,
    ]);
  });

  it('says it row by row where others differ, and what is left of it does, too', () => {
    const [same, none, others] = [ColumnText.same('a', 2), ColumnText.same(NO_VALUE, 1), ColumnText.of(['b', 1])];
    const all = ColumnText.joined([same, none, others]);
    expect([String(all), all.common]).toEqual(['\u001ea\u001ea\u001e\u0002\u001eb\u001e1', null]);
    expect([same.common, String(others)]).toEqual(['a', '\u001eb\u001e1']);
  });

  it('can be joined again after it has left', () => {
    const [one, two] = [ColumnText.of(['a']), ColumnText.of([2, ''])];
    String(ColumnText.joined([one, two]));
    expect(String(ColumnText.joined([two, one]))).toBe('\u001e2\u001e\u001ea');
  });
});
