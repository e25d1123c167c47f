import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutboundMessage } from '../../../src/contracts/outbound.js';
import type { RawEvent } from '../../../src/contracts/raw-event.js';
import type { IsoTime, Position } from '../../../src/contracts/ids.js';
import type { ArtifactView, MessageView } from '../../../src/runs/run-detail.service.js';
import { EventRepository } from '../../../src/storage/event.repository.js';
import { OutboundMessageRepository } from '../../../src/storage/outbound-message.repository.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage } from '../../support/stage.js';
import { RecordedRun } from './recorded-run.js';

const ARTIFACTS = 40;
const MESSAGES = 5_100;
const RAWS = 40;
const LARGE = 250_000;
const NOW = new Date().toISOString() as IsoTime;

interface Bundle {
  readonly artifacts: readonly ArtifactView[];
  readonly messages: readonly MessageView[];
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
    const lines = (await (await fetch(`${stage.controlPlane.url}/runs/${run.id}/export/stream?${query}`)).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const { artifacts } = lines.find(({ kind }) => kind === 'artifacts')!;
    expect(artifacts).toEqual(bundle.artifacts);
    expect(lines.filter(({ kind }) => kind === 'raw_event')).toHaveLength(RAWS);
  });
});
