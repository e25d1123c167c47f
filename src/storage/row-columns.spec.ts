import { describe, expect, it } from 'vitest';
import { combine } from '../db/statement.js';
import { insertionOf, partsOfRows, type Column } from './row-columns.js';

interface Row {
  readonly seq: number;
  readonly said: string | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'seq', type: 'int4', travel: 'joined', value: ({ seq }) => seq },
  { name: 'said', type: 'text', travel: 'free', value: ({ said }) => said },
];

describe('insertionOf', () => {
  const insert = insertionOf('t', COLUMNS, { columns: { run_id: '$1' }, from: '', parameters: 1 });

  it('has one text for every number of rows, and a parameter per column', () => {
    const one = insert([{ seq: 1, said: '' }], ['r']);
    const two = insert(
      [
        { seq: 1, said: 'a' },
        { seq: 2, said: null },
      ],
      ['r'],
    );
    expect(one.text).toBe(two.text);
    expect(one.values.slice(1).map(String)).toEqual(['\u001e1', '']);
    expect(two.values.map(String)).toEqual(['r', '\u001e1\u001e2', '\u001ea\u001e\u0002']);
  });

  it('names a value once where all rows have it, but for the first column, by which rows are counted', () => {
    const same = insert(Array(3).fill({ seq: 1, said: 'a' }), ['r']);
    expect(combine([same]).values).toEqual(['r', '\u001e1\u001e1\u001e1', null, '', 'a']);
    const none = insert(Array(2).fill({ seq: 1, said: null }), ['r']);
    expect(combine([none]).values).toEqual(['r', '\u001e1\u001e1', null, '', null]);
  });

  it.each(['x\u001ey', '\u0002'])('sends texts apart when one could be mistaken: %j', (said) => {
    const { text, values } = insert([{ seq: 1, said }], ['r']);
    expect([String(values[1]), values[2]]).toEqual(['\u001e1', [said]]);
    expect(text).toContain('$4::text[]');
  });
});

describe('partsOfRows', () => {
  const sizes = (rows: readonly number[]) => partsOfRows(rows, (row) => row, 10);

  it('keeps together what fits, in order, and a row that is too large alone', () => {
    expect(sizes([4, 6, 1, 20, 3])).toEqual([[4, 6], [1], [20], [3]]);
    expect(sizes([])).toEqual([]);
  });
});
