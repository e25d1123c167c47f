import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunId } from '../../src/contracts/ids.js';
import type { JsonObject } from '../../src/contracts/json.js';
import type { Run } from '../../src/contracts/run.js';
import type { RawDraft } from '../../src/contracts/raw-event.js';
import type { EventType } from '../../src/contracts/events.js';
import { EVENT_PAGE_BYTES_MAX } from '../../src/storage/event-search.js';
import type { EventText } from '../../src/storage/event-text.js';
import type { EventPage } from '../../src/storage/event.repository.js';
import { STORES, openTestDatabase, untilSearchable, type TestDatabase } from '../support/database.js';
import { envelope, newRunOf, openDoor, receivedFrom, type Door } from '../support/door.js';

const MEBIBYTE = 1_048_576;
const ENVELOPES = 20;

/** Small texts, none of which is looked for in the raw payload; packed they are a few kilobytes. */
const MANY_SMALL = { list: Array.from({ length: MEBIBYTE / 8 }, () => 'small') };
/** One text that stands in a large raw payload, so that a small row takes it all to be read. */
const LONG = 'a text of at least sixty-four characters, which is stored as its place only';
const LARGE_RAW = Buffer.concat([Buffer.from(LONG), Buffer.alloc(MEBIBYTE, ' ')]);

/** A message, and what says the same under another type. */
function twice(run: Run, raw: RawDraft, payload: JsonObject) {
  const { drafts, parked } = receivedFrom(run, raw, payload);
  const both = drafts.flatMap((draft) => {
    const data = { ...draft.data, proposalId: 'p1', action: 'vote' };
    return [
      { ...draft, data },
      { ...draft, type: 'proposal.updated' as const, data },
    ];
  });
  return { drafts: both, parked };
}

const bytesOf = ({ events }: EventPage): number =>
  [...new Set(events.map(({ body }) => body))].reduce(
    (sum, { payload = '', data }) => sum + payload.length + data.length,
    0,
  );

describe.each(STORES)('a page of events on %s', (store) => {
  let test: TestDatabase;
  let rooms: Door;
  let id: RunId;
  let small: RunId;

  beforeAll(async () => {
    test = await openTestDatabase(store);
    rooms = openDoor(test.database);
    id = (await rooms.door.create(newRunOf())).run.id;
    small = (await rooms.door.create(newRunOf())).run.id;
    for (let index = 0; index < ENVELOPES; index += 1) {
      const interpret = (run: Run, raw: RawDraft) => twice(run, raw, MANY_SMALL);
      await rooms.door.record(id, { heard: [envelope(`m${index}`)], interpret });
      const heard = [envelope(`m${index}`, { payload: LARGE_RAW })];
      await rooms.door.record(small, { heard, interpret: (run, raw) => twice(run, raw, { LONG }) });
    }
  }, 60_000);
  afterAll(() => test.close());

  /** A run's log, read as every reader does: on behind the last while there is more. */
  async function pagesOf(runId: RunId, types?: readonly EventType[], bytesMax?: number): Promise<readonly EventPage[]> {
    const pages: EventPage[] = [];
    do {
      const afterSeq = pages.at(-1)?.events.at(-1)?.seq ?? 0;
      pages.push(await rooms.events.listTexts(runId, { afterSeq, limit: 500, types, bytesMax }));
    } while (pages.at(-1)?.hasMore === true);
    return pages;
  }

  const seqsIn = (pages: readonly EventPage[]): readonly number[] =>
    pages.flatMap(({ events }) => events.map(({ seq }) => seq));
  const inTurn = Array.from({ length: 1 + 2 * ENVELOPES }, (_x, index) => index + 1);

  it('ends early where events are large, however small they are packed, and goes on behind its last', async () => {
    const pages = await pagesOf(id);
    expect(seqsIn(pages)).toEqual(inTurn);
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages) expect(bytesOf(page)).toBeLessThan(EVENT_PAGE_BYTES_MAX + 2 * MEBIBYTE);
    const [stored] = await test.database.query(
      'select max(pg_column_size(payload)) as packed from run_events_canonical where run_id = $1',
      [id],
    );
    expect(Number(stored?.['packed'])).toBeLessThan(MEBIBYTE / 8);
  });

  it('ends early where other events say what its own do', async () => {
    const pages = await pagesOf(id, ['proposal.updated']);
    expect(seqsIn(pages)).toEqual(inTurn.filter((seq) => seq > 1 && seq % 2 === 1));
    for (const page of pages) expect(bytesOf(page)).toBeLessThan(EVENT_PAGE_BYTES_MAX + 2 * MEBIBYTE);
  });

  it('ends early where the payloads are large in which its texts stand', async () => {
    const pages = await pagesOf(small);
    expect(seqsIn(pages)).toEqual(inTurn);
    for (const { events } of pages)
      expect(events.length).toBeLessThanOrEqual(2 + (2 * EVENT_PAGE_BYTES_MAX) / MEBIBYTE);
    expect(JSON.parse(pages.at(-1)?.events.at(-1)?.body.payload ?? '')).toEqual({ LONG });
  });

  it('has one event at least', async () => {
    const pages = await pagesOf(id, undefined, 1);
    expect(seqsIn(pages)).toEqual(inTurn);
    expect(seqsIn(await pagesOf(small, ['proposal.updated'], 1))).toHaveLength(ENVELOPES);
  });

  it('of all runs ends early too, in both directions', async () => {
    await untilSearchable(test.database);
    for (const newestFirst of [false, true]) {
      const met: EventText[] = [];
      for (let afterOrdinal = 0, hasMore = true; hasMore;) {
        const page = await rooms.events.search({ afterOrdinal, newestFirst, limit: 500 });
        expect(bytesOf(page)).toBeLessThan(EVENT_PAGE_BYTES_MAX + 2 * MEBIBYTE);
        met.push(...page.events);
        afterOrdinal = page.lastOrdinal;
        ({ hasMore } = page);
      }
      for (const runId of [id, small]) {
        const seqs = met.filter((event) => event.runId === runId).map(({ seq }) => seq);
        expect(newestFirst ? seqs.reverse() : seqs).toEqual(inTurn);
      }
    }
  });

  it('is not the last to who folds the log', async () => {
    const log = (await pagesOf(id)).flatMap(({ events }) => events);
    expect((await rooms.projection.stateAt(id, log.length)).view.timeline.latestSeq).toBe(log.length);
    expect((await rooms.projection.rebuild(id)).view.timeline.latestSeq).toBe(log.length);
  });
});
