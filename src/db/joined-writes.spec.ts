import { describe, expect, it } from 'vitest';
import { areJoinable, fitting, joined, sizeOf } from './joined-writes.js';
import { ColumnArray, INT4 } from './column-array.js';
import { ColumnText } from './column-text.js';
import { combine, type Write } from './statement.js';

const write = (text: string, ...columns: readonly string[]): Write => ({
  text,
  values: columns.map((column) => ColumnText.of([column])),
  columns: { from: 0, rows: 1 },
});
const alone: Write = { text: 'x', values: ['x'] };

describe('joined', () => {
  it('puts the columns of one kind one behind the other and adds up the rows', () => {
    const lists = [
      [write('runs', 'a', '1'), write('rows', '5')],
      [write('runs', 'b', '2'), write('rows', '6')],
    ];
    const writes = joined(lists);
    expect(writes.map(({ text, columns }) => ({ text, columns }))).toEqual([
      { text: 'runs', columns: { from: 0, rows: 2 } },
      { text: 'rows', columns: { from: 0, rows: 2 } },
    ]);
    expect(combine(writes).values).toEqual([
      ...['\u001ea\u001eb', null],
      ...['\u001e1\u001e2', null],
      ...['\u001e5\u001e6', null],
    ]);
  });

  it('puts packed columns one behind the other, too', () => {
    const packed = (...values: readonly number[]): Write => ({
      text: 't',
      values: [ColumnText.of(['v']), ColumnArray.of(INT4, values, (value) => value)],
      columns: { from: 0, rows: values.length },
    });
    const [write] = joined([[packed(1)], [packed(2, 3)]]);
    const [text, numbers] = write?.values ?? [];
    expect(String(text)).toBe('\u001ev\u001ev');
    expect(numbers).toEqual(ColumnArray.of(INT4, [1, 2, 3], (value) => value));
  });

  it('keeps what stands before the columns as the first has it', () => {
    const counted = (first: number, rows: number): Write => ({
      text: 't',
      values: [first, ColumnText.of(['v'])],
      columns: { from: 1, rows },
    });
    const [write] = joined([[counted(0, 2)], [counted(1, 3)]]);
    expect(write?.columns).toEqual({ from: 1, rows: 5 });
    expect(write?.values.map(String)).toEqual(['0', '\u001ev\u001ev']);
  });

  it('is the same statement whoever came first', () => {
    const [plain, more] = [
      [write('runs', 'a'), write('rows', '5')],
      [write('runs', 'b'), write('also', 'z'), write('rows', '6')],
    ];
    const texts = [joined([plain, more]), joined([more, plain])].map((writes) => writes.map(({ text }) => text));
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]?.[0]).toBe('runs');
  });
});

describe('areJoinable', () => {
  it('asks for columns throughout, and for each kind once', () => {
    expect(areJoinable([write('a'), write('b')])).toBe(true);
    expect(areJoinable([write('a'), alone])).toBe(false);
    expect(areJoinable([write('a'), write('b', '1'), write('b', '2')])).toBe(false);
  });
});

describe('fitting', () => {
  const limits = { callers: 3, rows: 10, units: 100 };

  it.each([
    [[], 0],
    [[{ rows: 50, units: 5 }], 1],
    [
      [
        { rows: 4, units: 5 },
        { rows: 6, units: 5 },
        { rows: 1, units: 5 },
      ],
      2,
    ],
    [
      [
        { rows: 1, units: 60 },
        { rows: 1, units: 60 },
      ],
      1,
    ],
    [
      [
        { rows: 1, units: 1 },
        { rows: 1, units: 1 },
        { rows: 1, units: 1 },
        { rows: 1, units: 1 },
      ],
      3,
    ],
  ])('of %j takes %i', (line, count) => {
    expect(fitting(line, limits)).toBe(count);
  });

  it('counts the rows of the largest write, and all texts', () => {
    const many: Write = { text: 'm', values: ['1234', 7, '56'], columns: { from: 0, rows: 9 } };
    expect(sizeOf([write('runs', 'a'), many])).toEqual({ rows: 9, units: 8 });
  });
});
