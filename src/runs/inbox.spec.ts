import { describe, expect, it } from 'vitest';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import type { RawDraft } from '../contracts/raw-event.js';
import { isoTime } from '../contracts/time.js';
import { InboxBudget } from './inbox-budget.js';
import { Inbox } from './inbox.stream.js';

const KIB = 1_024;
const FRAME: RawDraft = {
  kind: 'stream-envelope',
  receivedAt: isoTime(0),
  dedupeKey: 'm:1',
  envelope: {
    macpVersion: '1.0',
    mode: 'm',
    messageType: 'Vote',
    messageId: 'm1',
    sessionId: 's',
    sender: 'a',
    timestampUnixMs: 0,
    payload: new Uint8Array(9 * KIB),
  },
};

/** Inboxes that share what three and a half frames take, and the order in which their readers found room. */
function sharing(names: readonly string[]) {
  const clock = new JumpingClock();
  const budget = new InboxBudget(35 * KIB);
  const { signal } = new AbortController();
  const inboxes = new Map(names.map((name) => [name, new Inbox(clock, budget)]));
  const of = (name: string) => inboxes.get(name)!;
  const roomFor: string[] = [];
  const wait = (name: string) =>
    void of(name)
      .untilRoom(signal)
      .then(() => roomFor.push(name));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { of, roomFor, wait, turn };
}

describe('the inboxes of a process', () => {
  it('take together what the budget allows, and an empty one always a frame', () => {
    const { of } = sharing(['a', 'b', 'c']);
    for (let frame = 0; frame < 3; frame += 1) of('a').push(FRAME);
    expect(of('a').hasRoom).toBe(true);
    of('b').push(FRAME);
    expect([of('a').hasRoom, of('b').hasRoom, of('c').hasRoom]).toEqual([false, false, true]);
    of('c').push(FRAME);
    expect(of('c').hasRoom).toBe(false);
  });

  it('read on as soon as one of them has given back enough, first who has waited longest', async () => {
    const { of, roomFor, wait, turn } = sharing(['a', 'b', 'c']);
    for (const name of ['a', 'a', 'b', 'c', 'c']) of(name).push(FRAME);
    for (const name of ['c', 'b', 'a']) wait(name);
    await turn();
    of('a').stored(1);
    await turn();
    expect(roomFor).toEqual([]);
    of('a').stored(1);
    await turn();
    expect(roomFor).toEqual(['c', 'b', 'a']);
  });

  it('get back what one of them held that nobody reads any more', async () => {
    const { of, roomFor, wait, turn } = sharing(['a', 'b']);
    for (let frame = 0; frame < 3; frame += 1) of('a').push(FRAME);
    of('b').push(FRAME);
    wait('b');
    await turn();
    of('a').close();
    await turn();
    expect(roomFor).toEqual(['b']);
    expect(of('a').size).toBe(0);
  });
});
