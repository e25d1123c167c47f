import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const ID_RANDOM_BYTES = 16;
/** Random bytes fetched at once: a call for each id would cost more than the rest of making it. */
const POOL_BYTES = 256 * ID_RANDOM_BYTES;

const pool = new Uint8Array(POOL_BYTES);
let taken = POOL_BYTES;

/** A new event's id: a version 7 UUID. Bytes of the pool are used once. */
export function newEventId(): string {
  if (taken === POOL_BYTES) {
    randomFillSync(pool);
    taken = 0;
  }
  const random = pool.subarray(taken, (taken += ID_RANDOM_BYTES));
  return v7({ random });
}
