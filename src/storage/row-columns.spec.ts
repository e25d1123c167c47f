import { describe, expect, it } from 'vitest';
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
    expect(one.values.map(String)).toEqual(['r', '\u001e1', '\u001e']);
    expect(two.values.map(String)).toEqual(['r', '\u001e1\u001e2', '\u001ea\u001e\u0002']);
  });

  it.each(['x\u001ey', '\u0002'])('sends texts apart when one could be mistaken: %j', (said) => {
    const { text, values } = insert([{ seq: 1, said }], ['r']);
    expect([String(values[1]), values[2]]).toEqual(['\u001e1', [said]]);
    expect(text).toContain('$3::text[]');
  });
});

describe('partsOfRows', () => {
  const sizes = (rows: readonly number[]) => partsOfRows(rows, (row) => row, 10);

  it('keeps together what fits, in order, and a row that is too large alone', () => {
    expect(sizes([4, 6, 1, 20, 3])).toEqual([[4, 6], [1], [20], [3]]);
    expect(sizes([])).toEqual([]);
  });
});
