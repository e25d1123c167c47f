import type { IsoTime } from '../contracts/ids.js';
import type { RunSortField } from '../contracts/run-record.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';

/** Where a page of a list ended: the last row's sort value and id, and the order they are a place in. */
export interface RunCursor {
  readonly sortBy: RunSortField;
  readonly sortOrder: 'asc' | 'desc';
  readonly at: IsoTime;
  readonly id: string;
}

const SHAPE = /^(createdAt|updatedAt) (asc|desc) (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z) ([0-9a-f-]{36})$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Opaque to clients; they hand it back as it is. */
export function encodeCursor(cursor: RunCursor): string {
  return Buffer.from(`${cursor.sortBy} ${cursor.sortOrder} ${cursor.at} ${cursor.id}`).toString('base64url');
}

/** Throws VALIDATION_ERROR for anything that `encodeCursor` has not made, and for a cursor of another order. */
export function decodeCursor(text: string, sortBy: RunSortField, sortOrder: 'asc' | 'desc'): RunCursor {
  const decoded = Buffer.from(text, 'base64url').toString('latin1');
  const [, by, order, at = '', id = ''] = SHAPE.exec(decoded) ?? [];
  // A day that no calendar has is read as one of the next month.
  const isPlace = by === sortBy && order === sortOrder && isUuid(id) && isoTime(Date.parse(at)) === at;
  if (!isPlace) {
    throw new AppError('VALIDATION_ERROR', 'The cursor is not one of this list in this order.', {
      issues: [{ path: 'cursor', message: 'must be the nextCursor of a page with the same sortBy and sortOrder' }],
    });
  }
  // The pattern is the format that IsoTime names.
  return { sortBy, sortOrder, at: at as IsoTime, id };
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
