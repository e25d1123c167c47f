import { randomUUID } from 'node:crypto';

/** Digits of the milliseconds in an id: 48 bits. */
const TIME_DIGITS = 12;

/** The last millisecond an id was made in: the events of a batch share theirs. */
const latest = { ms: NaN, head: '' };

/**
 * A new event's id: a version 7 UUID, the time in front of what is random in a version 4. Node.js keeps those ready as texts;
 * every id by way of its bytes was a cost to be seen, for events have most of the ids there are.
 */
export function newEventId(): string {
  const ms = Date.now();
  if (latest.ms !== ms) {
    const digits = ms.toString(16).padStart(TIME_DIGITS, '0');
    latest.ms = ms;
    latest.head = `${digits.slice(0, 8)}-${digits.slice(8)}-7`;
  }
  return latest.head + randomUUID().slice(latest.head.length);
}
