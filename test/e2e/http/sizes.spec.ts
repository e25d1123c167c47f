import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../../../src/contracts/events.js';
import type { OutboundMessage } from '../../../src/contracts/outbound.js';
import type { RawEvent } from '../../../src/contracts/raw-event.js';
import type { IsoTime, Position } from '../../../src/contracts/ids.js';
import type { ArtifactView, MessageView } from '../../../src/queries/run-detail.service.js';
import { EventRepository } from '../../../src/storage/event.repository.js';
import { OutboundMessageRepository } from '../../../src/storage/outbound-message.repository.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage } from '../../support/stage.js';
import { RecordedRun } from './recorded-run.js';

const ARTIFACTS = 40;
const MESSAGES = 5_100;
const RAWS = 40;
const EVENTS = 20;
const LARGE = 250_000;
const NOW = new Date().toISOString() as IsoTime;

interface Bundle {
  readonly artifacts: readonly ArtifactView[];
  readonly messages: readonly MessageView[];
  readonly canonicalEvents: readonly CanonicalEvent[];
  readonly rawEvents: readonly { readonly position: number }[];
}

let stage: Stage;
let run: RecordedRun;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
  const { app, database } = stage.controlPlane;
  run = await RecordedRun.create(app);
  for (let index = 0; index < ARTIFACTS; index += 1) {
    const artifact = { kind: 'json', label: `a${index}`, inline: { text: 'x'.repeat(LARGE) } };
    await stage.api.ok('POST', `/runs/${run.id}/artifacts`, artifact);
  }
  await run.append(EVENTS, 1_000_000);
  const messages = Array.from({ length: MESSAGES }, (_, index) => messageAt(run, index + 1));
  await database.writeAll([app.get(OutboundMessageRepository).append(run.id, messages)]);
  const raws = Array.from({ length: RAWS }, (_, index) => rawAt(run, index + 1));
  await database.writeAll(app.get(EventRepository).appendRaw(raws));
}, 120_000);
afterAll(() => stage.close());

function messageAt({ id, sessionId }: RecordedRun, step: number): OutboundMessage {
  return {
    runId: id,
    step,
    messageId: randomUUID(),
    purpose: 'message',
    modeName: 'm',
    messageType: 'Vote',
    sessionId,
    sender: 'agent://lead',
    to: [],
    payload: Buffer.alloc(7),
    payloadEncoding: 'proto',
    timestampUnixMs: 0,
    status: 'accepted',
    createdAt: NOW,
  };
}

function rawAt({ id, sessionId }: RecordedRun, position: number): RawEvent {
  return {
    runId: id,
    position: position as Position,
    ordinal: null,
    parked: null,
    receivedAt: NOW,
    kind: 'stream-envelope',
    dedupeKey: `m:${position.toString(16).padStart(64, '0')}`,
    envelope: {
      macpVersion: '1.0',
      mode: 'm',
      messageType: 'Vote',
      messageId: randomUUID(),
      sessionId,
      sender: 'agent://lead',
      timestampUnixMs: 0,
      payload: Buffer.alloc(1_000_000),
    },
  };
}

/** A list read to its end, page by page. */
async function paged<T>(path: (last: T | undefined) => string): Promise<readonly (readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  for (;;) {
    const page = await stage.api.ok<readonly T[]>('GET', path(pages.at(-1)?.at(-1)));
    if (page.length === 0) return pages;
    pages.push(page);
  }
}

describe('a list whose items are large', () => {
  it('of artifacts ends a page early, and goes on behind its last', async () => {
    const pages = await paged<ArtifactView>((last) => `/runs/${run.id}/artifacts${last ? `?after=${last.id}` : ''}`);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat().map(({ label }) => label)).toEqual(
      Array.from({ length: ARTIFACTS }, (_, index) => `a${index}`),
    );
  });

  it('of raw events too', async () => {
    const pages = await paged<{ position: number }>(
      (last) => `/runs/${run.id}/raw-events?limit=1000&afterPosition=${last?.position ?? 0}`,
    );
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat().map(({ position }) => position)).toEqual(Array.from({ length: RAWS }, (_, index) => index + 1));
  });

  it('of events is written page by page, so that a short one is the last', async () => {
    const url = `${stage.controlPlane.url}/runs/${run.id}/events`;
    const small = await fetch(`${url}?limit=3`);
    expect(small.headers.get('content-length')).toBe(String(Buffer.byteLength(await small.text())));
    const answer = await fetch(`${url}?limit=1000`);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.has('content-length')).toBe(false);
    const events = (await answer.json()) as readonly CanonicalEvent[];
    expect(events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 1 + ARTIFACTS + EVENTS }, (_, index) => index + 1),
    );
    const part = await stage.api.ok('GET', `/runs/${run.id}/events?limit=${ARTIFACTS + 15}`);
    expect(part).toEqual(events.slice(0, ARTIFACTS + 15));
    const typed = await stage.api.ok<readonly CanonicalEvent[]>(
      'GET',
      `/runs/${run.id}/events?limit=1000&type=run.created`,
    );
    expect(typed).toEqual(events.slice(0, 1));
  });

  it('of events of all runs says where to go on', async () => {
    const seqs: number[] = [];
    let after: number | null = 0;
    let pages = 0;
    for (; after !== null; pages += 1) {
      const path: string = `/events?limit=1000&runId=${run.id}&afterSeq=${after}`;
      const page = await stage.api.ok<{ data: readonly CanonicalEvent[]; nextCursor: number | null }>('GET', path);
      seqs.push(...page.data.map(({ seq }) => seq));
      after = page.nextCursor;
    }
    expect(pages).toBeGreaterThan(1);
    expect(seqs).toEqual(Array.from({ length: 1 + ARTIFACTS + EVENTS }, (_, index) => index + 1));
  });

  it('of messages tells the sizes of payloads, and is read to its end', async () => {
    const path = (last: MessageView | undefined) => `/runs/${run.id}/messages${last ? `?after=${last.messageId}` : ''}`;
    const pages = await paged<MessageView>(path);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat().map(({ step }) => step)).toEqual(Array.from({ length: MESSAGES }, (_, index) => index + 1));
    expect(pages[0]![0]!.payloadDescriptor).toEqual({ encoding: 'proto', byteLength: 7 });
  });

  it('is exported whole', async () => {
    const query = 'includeRaw=true&eventLimit=1000';
    const bundle = await stage.api.ok<Bundle>('GET', `/runs/${run.id}/export?${query}`);
    expect([bundle.artifacts.length, bundle.messages.length, bundle.rawEvents.length]).toEqual([
      ARTIFACTS,
      MESSAGES,
      RAWS,
    ]);
    expect(bundle.canonicalEvents).toHaveLength(1 + ARTIFACTS + EVENTS);
    const lines = (await (await fetch(`${stage.controlPlane.url}/runs/${run.id}/export/stream?${query}`)).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const { artifacts } = lines.find(({ kind }) => kind === 'artifacts')!;
    expect(artifacts).toEqual(bundle.artifacts);
    expect(lines.filter(({ kind }) => kind === 'raw_event')).toHaveLength(RAWS);
  });

  it('is looked up for who asks with HEAD, and no more', async () => {
    const url = `${stage.controlPlane.url}/runs/${run.id}/export`;
    const { status, headers } = await fetch(url, { method: 'HEAD' });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect((await fetch(url.replace(run.id, randomUUID()), { method: 'HEAD' })).status).toBe(404);
  });

  it('is cut off where reading it fails', async () => {
    const log = stage.controlPlane.app.get(EventRepository);
    const real = log.listTexts.bind(log);
    let pages = 0;
    const failing: typeof log.listTexts = (...given) =>
      (pages += 1) > 1 ? Promise.reject(new Error('the second page')) : real(...given);
    Object.assign(log, { listTexts: failing });
    const answer = await fetch(`${stage.controlPlane.url}/runs/${run.id}/events?limit=1000`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    Reflect.deleteProperty(log, 'listTexts');
  });

  it.each([
    ['events', 'limit=1000'],
    ['export', 'eventLimit=1000'],
    ['export/stream', 'eventLimit=1000'],
    ['export', 'eventLimit=1000&includeCanonical=false&includeRaw=true'],
  ])('is cut off where the run is deleted meanwhile: %s?%s', async (path, query) => {
    const { app, url } = stage.controlPlane;
    const gone = await RecordedRun.create(app);
    await gone.append(EVENTS, 1_000_000);
    await gone.end();
    const log = app.get(EventRepository);
    await stage.controlPlane.database.writeAll(
      log.appendRaw(Array.from({ length: RAWS }, (_, index) => rawAt(gone, index + 1))),
    );
    const layer = path !== 'events' && query.includes('includeRaw') ? 'listRaw' : 'listTexts';
    afterFirstPage(log, layer, () => stage.api.ok('DELETE', `/runs/${gone.id}`));
    const answer = await fetch(`${url}/runs/${gone.id}/${path}?${query}`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    Reflect.deleteProperty(log, layer);
  });
});

/** Does something when one page was read, before it is answered. */
function afterFirstPage(log: EventRepository, layer: 'listRaw' | 'listTexts', then: () => Promise<unknown>): void {
  const real = log[layer].bind(log) as (...given: readonly unknown[]) => Promise<unknown>;
  let pages = 0;
  const acting = async (...given: readonly unknown[]): Promise<unknown> => {
    const page = await real(...given);
    if ((pages += 1) === 1) await then();
    return page;
  };
  Object.assign(log, { [layer]: acting });
}
