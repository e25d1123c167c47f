import type { IsoTime } from '../contracts/ids.js';

/** A value as it is packed: a whole number, or bytes. */
type Packed = number | Uint8Array;

/** A type whose values travel as the database keeps them, and so need no parsing there. */
export interface WireType<V> {
  /** In SQL. */
  readonly name: string;
  /** In PostgreSQL's catalogue. */
  readonly oid: number;
  /** Bytes of a number; 0: values are bytes, as many as they are. */
  readonly width: 0 | 2 | 4 | 8;
  /** Its numbers are less than this, and not less than its negative. */
  readonly bound: number;
  /** What the database counts in one of a number's units. */
  readonly scale: number;
  pack(value: V): Packed;
  /** The value as it stands in an array that is written as text. */
  literal(packed: Packed): string;
}

/** From here on a double leaves out whole numbers. */
const EXACT_BOUND = 2 ** 53;

function integerOf(name: string, oid: number, width: 2 | 4 | 8): WireType<number> {
  const bound = Math.min(2 ** (width * 8 - 1), EXACT_BOUND);
  return { name, oid, width, bound, scale: 1, pack: (value) => value, literal: String };
}

export const INT2 = integerOf('int2', 21, 2);
export const INT4 = integerOf('int4', 23, 4);
/** Only what a double holds exactly. */
export const INT8 = integerOf('int8', 20, 8);

export const BYTES: WireType<Uint8Array> = {
  name: 'bytea',
  oid: 17,
  width: 0,
  bound: 0,
  scale: 1,
  pack: (value) => value,
  literal: (packed: Uint8Array) => `"\\\\x${hexOf(packed)}"`,
};

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The database counts microseconds since 2000-01-01, we milliseconds. */
const TIME_ZERO_MS = 946_684_800_000;

/** The last time that was packed: the events of an envelope, and the envelopes of a batch, share theirs. */
const latest = { text: '', ms: NaN };

export const TIME: WireType<IsoTime> = {
  name: 'timestamptz',
  oid: 1184,
  width: 8,
  bound: EXACT_BOUND,
  scale: 1_000,
  pack: (value) => {
    if (latest.text !== value) {
      latest.text = value;
      latest.ms = Date.parse(value) - TIME_ZERO_MS;
    }
    return latest.ms;
  },
  literal: (packed: number) => `"${new Date(packed + TIME_ZERO_MS).toISOString()}"`,
};

/** PostgreSQL's binary format of an array: dimensions, whether there are nulls, type of the elements, and of its one dimension length and first index. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
/** The length that stands for no value. */
const NULL_LENGTH = -1;
const HIGH_UNIT = 2 ** 32;

/**
 * One column of several rows as an array of one of these types. Nobody has to look through its values for what parts them,
 * to write bytes in letters, or to read numbers and times from text (ADR 7).
 */
export class ColumnArray {
  private constructor(
    private readonly type: WireType<never>,
    private readonly values: readonly (Packed | null)[],
    /** Bytes of all values. */
    readonly units: number,
  ) {}

  /** Throws RangeError for a number that the type does not hold: while it is being sent it would be too late. */
  static of<R, V>(type: WireType<V>, rows: readonly R[], valueOf: (row: R) => V | null | undefined): ColumnArray {
    const values = new Array<Packed | null>(rows.length);
    let index = 0;
    let units = 0;
    for (const row of rows) {
      const value = valueOf(row);
      const packed = value === null || value === undefined ? null : checked(type, type.pack(value));
      values[index++] = packed;
      if (packed !== null) units += widthOf(packed, type.width);
    }
    return new ColumnArray(type, values, units);
  }

  /** The rows of all, which are of one type, in this order. */
  static joined(columns: readonly ColumnArray[]): ColumnArray | undefined {
    const [first] = columns;
    if (first === undefined || columns.length === 1) return first;
    const none: (Packed | null)[] = [];
    const values = none.concat(...columns.map((column) => column.values));
    return new ColumnArray(
      first.type,
      values,
      columns.reduce((sum, { units }) => sum + units, 0),
    );
  }

  /** The array as text, for a driver that sends nothing else. */
  toString(): string {
    return `{${this.values.map((packed) => (packed === null ? 'NULL' : this.type.literal(packed))).join(',')}}`;
  }

  /** What `pg` asks a value for; it sends a buffer as it is. */
  toPostgres(): Buffer {
    const { type, values, units } = this;
    const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * LENGTH_BYTES + units);
    const header = [1, values.includes(null) ? 1 : 0, type.oid, values.length, 1];
    let place = 0;
    for (const number of header) place = buffer.writeInt32BE(number, place);
    for (const value of values) {
      if (value === null) place = buffer.writeInt32BE(NULL_LENGTH, place);
      else {
        place = buffer.writeInt32BE(widthOf(value, type.width), place);
        place = written(buffer, value, type, place);
      }
    }
    return buffer;
  }
}

function widthOf(packed: Packed, width: number): number {
  return typeof packed === 'number' ? width : packed.byteLength;
}

function checked({ name, bound }: WireType<never>, packed: Packed): Packed {
  if (typeof packed !== 'number') return packed;
  if (packed >= -bound && packed < bound && Math.floor(packed) === packed) return packed;
  throw new RangeError(`${packed} cannot be stored as ${name}`);
}

/** Where the next one goes. */
function written(buffer: Buffer, packed: Packed, { width, scale }: WireType<never>, place: number): number {
  if (typeof packed !== 'number') {
    buffer.set(packed, place);
    return place + packed.byteLength;
  }
  if (width === 2) return buffer.writeInt16BE(packed, place);
  if (width === 4) return buffer.writeInt32BE(packed, place);
  // Scaled by halves, because the whole of a late time would be no exact number any more.
  const high = Math.floor(packed / HIGH_UNIT);
  const low = (packed - high * HIGH_UNIT) * scale;
  const carried = Math.floor(low / HIGH_UNIT);
  return buffer.writeUInt32BE(low - carried * HIGH_UNIT, buffer.writeInt32BE(high * scale + carried, place));
}
