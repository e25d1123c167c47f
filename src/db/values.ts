import type { IsoTime } from '../contracts/ids.js';
import { isoTime } from '../contracts/time.js';

/** `2025-01-31 10:00:00.123+00`, as both stores print a timestamptz(3). */
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d{1,6})?(Z|[+-]\d{2}(?::?\d{2})?)$/;

/** The printed form of a timestamptz → our one time format. The service writes years 1970–9999 only. */
export function isoTimeOf(printed: string): IsoTime {
  const match = TIMESTAMP.exec(printed);
  if (match === null) throw new TypeError(`not a timestamp: ${printed.slice(0, 40)}`);
  const [, date = '', time = '', fraction = '', zone = ''] = match;
  const offset = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(-2).padStart(2, '0')}`;
  return isoTime(Date.parse(`${date}T${time}${fraction}${zone.length === 3 ? `${zone}:00` : offset}`));
}

/** The printed form of a bytea → bytes. */
export function bytesOf(printed: string): Uint8Array {
  return Buffer.from(printed.slice(2), 'hex');
}

/** OIDs of the types that drivers would otherwise read each in its own way. */
export const TYPE_OID = { bytea: 17, int8: 20, timestamptz: 1184 } as const;

/** Both stores read these types with the same functions, so that a row is the same row wherever it came from. */
export const PARSERS: Readonly<Record<number, (printed: string) => unknown>> = {
  [TYPE_OID.bytea]: bytesOf,
  [TYPE_OID.int8]: Number,
  [TYPE_OID.timestamptz]: isoTimeOf,
};
