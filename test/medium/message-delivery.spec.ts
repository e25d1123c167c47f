import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OutboundDraft } from '../../src/contracts/outbound.js';
import type { Run } from '../../src/contracts/run.js';
import { parseConfig } from '../../src/config/config.js';
import { AppError } from '../../src/errors/app-error.js';
import { EventNormalizerService } from '../../src/events/event-normalizer.service.js';
import { MessageDeliveryService } from '../../src/runs/message-delivery.service.js';
import { OutboundSenderService } from '../../src/runs/outbound-sender.service.js';
import { RunLedgerService } from '../../src/runs/run-ledger.service.js';
import { RunManagerService } from '../../src/runs/run-manager.service.js';
import { RuntimeSelectorService } from '../../src/runs/runtime-selector.service.js';
import { payloadCodec } from '../../src/runtime/proto-registry.js';
import type { RuntimeProvider } from '../../src/runtime/runtime-provider.interface.js';
import { RuntimeProviderRegistry } from '../../src/runtime/runtime-provider.registry.service.js';
import { AdoptionRepository } from '../../src/storage/adoption.repository.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';
import { envelope, expectConsistentLog, newRunOf, openDoor, receivedFrom, type Door } from '../support/door.js';
import { JumpingClock } from '../support/jumping-clock.js';
import { until } from '../support/until.js';

const SETTINGS = { redactPaths: [], prices: new Map() };

describe.each(STORES)('messages that a process left without an answer, on %s', (store) => {
  let test: TestDatabase;
  let rooms: Door;
  beforeAll(async () => {
    test = await openTestDatabase(store);
    rooms = openDoor(test.database);
  });
  afterAll(() => test.close());

  function delivery(clock: JumpingClock, { losesAnswer = false } = {}): MessageDeliveryService {
    const ledger = new RunLedgerService(rooms.runs, rooms.outbox, rooms.events);
    const normalizer = new EventNormalizerService(payloadCodec, SETTINGS);
    const manager = new RunManagerService(rooms.door, normalizer, new AdoptionRepository(test.database), clock);
    if (losesAnswer) {
      const hear = manager.hear.bind(manager);
      vi.spyOn(manager, 'hear').mockImplementationOnce(async (...heard) => {
        await hear(...heard);
        throw new AppError('DATABASE_UNAVAILABLE', 'away');
      });
    }
    const config = parseConfig({}, () => '');
    const registry = new RuntimeProviderRegistry();
    const provider: Partial<RuntimeProvider> = { kind: 'rust', hasCredentialsFor: () => true };
    registry.register(provider as RuntimeProvider);
    const selector = new RuntimeSelectorService(registry, config, () => Promise.resolve(undefined));
    const sender = new OutboundSenderService(payloadCodec, SETTINGS, clock);
    return new MessageDeliveryService(ledger, manager, selector, sender, clock);
  }

  const left = (run: Run, messageId: string, purpose: 'message' | 'signal' = 'message'): OutboundDraft => ({
    runId: run.id,
    messageId,
    purpose,
    modeName: run.modeName,
    messageType: purpose === 'signal' ? 'Signal' : 'Vote',
    sessionId: run.sessionId,
    sender: 'alice',
    to: [],
    payload: new Uint8Array(),
    payloadEncoding: 'proto',
    timestampUnixMs: 1,
    status: 'queued',
    createdAt: run.createdAt,
  });

  it('are accepted where the run has heard them, and unknown otherwise', async () => {
    const { run } = await rooms.door.create(newRunOf());
    const queue = [left(run, 'heard'), left(run, 'lost'), left(run, 'lost-signal', 'signal')];
    await rooms.door.record(run.id, { heard: [envelope('heard')], interpret: receivedFrom, queue });
    const clock = new JumpingClock();
    const began = clock.now();
    const messages = delivery(clock);
    messages.settleLeft(run.id);
    let settled = false;
    const records = until('all have an answer', async () => {
      const page = await rooms.outbox.page(run.id);
      return page.some(({ status }) => status === 'queued') ? undefined : page;
    }).finally(() => (settled = true));
    await clock.run(() => settled);
    const answers = (await records).map(({ messageId, status, errorCode }) => [messageId, status, errorCode]);
    expect(Object.fromEntries(answers.map(([id, ...rest]) => [id, rest]))).toEqual({
      heard: ['accepted', undefined],
      lost: ['unknown', 'RUNTIME_TIMEOUT'],
      'lost-signal': ['unknown', 'RUNTIME_TIMEOUT'],
    });
    const log = await expectConsistentLog(rooms, run.id);
    const told = log.filter(({ type }) => type === 'message.sent' || type === 'message.send_failed');
    expect(told.map(({ type, subject }) => [subject.id, type]).sort()).toEqual([
      ['heard', 'message.sent'],
      ['lost', 'message.send_failed'],
      ['lost-signal', 'message.send_failed'],
    ]);
    // Of a signal that was not heard nobody knows, and it is not sent again.
    const again = (messageId: string) => messages.deliverOnce(run, left(run, messageId, 'signal'));
    await expect(again('lost-signal')).rejects.toMatchObject({
      code: 'RUNTIME_TIMEOUT',
      details: { messageId: 'lost-signal', retryable: false },
    });
    // Another process may be sending them still.
    expect(clock.slept[0]).toBeGreaterThan(10_000);
    expect(clock.now() - began).toBeGreaterThan(10_000);
    await messages.onModuleDestroy();
  });

  it('are accepted when they are asked for again and were heard meanwhile, whatever the runtime knows by then', async () => {
    const { run } = await rooms.door.create(newRunOf());
    await rooms.door.record(run.id, { queue: [left(run, 'late')] });
    await rooms.door.record(run.id, { heard: [envelope('late')], interpret: receivedFrom });
    const messages = delivery(new JumpingClock());
    const asked = () => messages.deliverOnce(run, left(run, 'late'));
    const answer = await asked();
    expect(answer).toMatchObject({ messageId: 'late', ack: { ok: true, duplicate: true } });
    expect(await asked()).toEqual(answer);
    expect((await rooms.outbox.page(run.id)).map(({ status }) => status)).toEqual(['accepted']);
  });

  it('are settled when they were stored, and only the answer of the database was lost', async () => {
    const { run } = await rooms.door.create(newRunOf());
    await rooms.door.record(run.id, { heard: [envelope('opened')], interpret: receivedFrom });
    const clock = new JumpingClock();
    const messages = delivery(clock, { losesAnswer: true });
    const asked = messages.deliver({ ...run, status: 'running' }, left(run, 'stored'));
    await expect(asked).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    let settled = false;
    const status = until('it has an answer', async () => {
      const [message] = await rooms.outbox.page(run.id);
      return message?.status === 'queued' ? undefined : message?.status;
    }).finally(() => (settled = true));
    await clock.run(() => settled);
    expect(await status).toBe('unknown');
    await messages.onModuleDestroy();
  });

  it('are left to the next process when this one leaves before', async () => {
    const { run } = await rooms.door.create(newRunOf());
    await rooms.door.record(run.id, { queue: [left(run, 'lost')] });
    const messages = delivery(new JumpingClock());
    messages.settleLeft(run.id);
    await messages.onModuleDestroy();
    expect((await rooms.outbox.page(run.id)).map(({ status }) => status)).toEqual(['queued']);
  });
});
