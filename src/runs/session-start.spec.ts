import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import { aRun } from '../../test/stories/world.js';
import { parseConfig } from '../config/config.js';
import type { WireEnvelope } from '../contracts/envelope.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import { AppError } from '../errors/app-error.js';
import { payloadCodec } from '../runtime/proto-registry.js';
import type { RuntimeAck, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { OutboundSenderService } from './outbound-sender.service.js';
import type { RunLedgerService } from './run-ledger.service.js';
import { SessionStartService, type Barrier } from './session-start.service.js';
import type { SendOutcome } from './send-step.js';
import { StartPlaces } from './start-places.stream.js';
import { ADMISSION_MS_MAX } from './start-step.js';

const WINDOW_MS = 60_000;
const PER_WINDOW = 60;
const PLACES = 32;
const DESCRIPTION = { name: 'scripted', version: '1', protocolVersion: '1.0', supportedModes: [], capabilities: {} };

/** A runtime that admits so many starts of each sender in any minute, and those who ask it. */
class World {
  readonly clock = new JumpingClock();
  readonly places: StartPlaces;
  readonly outcomes: (SendOutcome | undefined)[] = [];
  admitsPerWindow = PER_WINDOW;
  isAway = false;
  isEnded = false;
  asked = 0;
  private readonly admitted = new Map<string, number[]>();
  private readonly starts = new SessionStartService(
    this.ledger(),
    new OutboundSenderService(payloadCodec, { redactPaths: [], prices: new Map() }, this.clock),
    parseConfig({}, () => ''),
    this.clock,
  );

  constructor(placesMax = PLACES) {
    this.places = new StartPlaces(placesMax);
  }

  get waiting(): number {
    return this.starts.waiting;
  }

  async launch(sender: string, signal = new AbortController().signal): Promise<SendOutcome | undefined> {
    const place = this.places.place();
    await place.enter(signal);
    const deadline = this.clock.now() + WINDOW_MS;
    const step = { recovered: false, place, signal, left: {}, deadline, provider: this.provider() };
    const outcome = await this.starts.send(startOf(sender), step);
    place.leave();
    this.outcomes.push(outcome);
    return outcome;
  }

  barrier(sender: string): Barrier {
    return this.starts.barrier('rust', sender);
  }

  waitingOf(sender: string): number {
    return this.starts.waitingOf('rust', sender);
  }

  private ledger(): RunLedgerService {
    const run = aRun();
    const ledger: Partial<RunLedgerService> = {
      getRun: () => Promise.resolve<Run>({ ...run, status: this.isEnded ? 'cancelled' : run.status }),
    };
    return ledger as RunLedgerService;
  }

  private provider(): RuntimeProvider {
    const provider: Partial<RuntimeProvider> = {
      kind: 'rust',
      initialize: () => Promise.resolve(DESCRIPTION),
      startSession: (envelope) =>
        this.isAway
          ? Promise.reject(new AppError('RUNTIME_UNAVAILABLE', 'It is away.', { retryable: true }))
          : Promise.resolve(this.answer(envelope)),
    };
    return provider as RuntimeProvider;
  }

  private answer({ sender, messageId, sessionId }: WireEnvelope): RuntimeAck {
    this.asked += 1;
    const now = this.clock.now();
    const lately = (this.admitted.get(sender) ?? []).filter((at) => at > now - WINDOW_MS);
    const ok = lately.length < this.admitsPerWindow;
    this.admitted.set(sender, ok ? [...lately, now] : lately);
    return {
      ok,
      duplicate: false,
      messageId,
      sessionId,
      acceptedAtUnixMs: now,
      sessionState: ok ? 'SESSION_STATE_OPEN' : 'SESSION_STATE_UNSPECIFIED',
      ...(ok ? {} : { errorCode: 'RATE_LIMITED' }),
      reasons: [],
    };
  }
}

function startOf(sender: string): OutboundMessage {
  const run = aRun({ executionMode: 'driver' });
  return {
    runId: run.id,
    step: 0,
    messageId: `${run.id}:0`,
    purpose: 'session-start',
    modeName: run.modeName,
    messageType: 'SessionStart',
    sessionId: run.sessionId,
    sender,
    to: [],
    payload: new Uint8Array(),
    payloadEncoding: 'proto',
    timestampUnixMs: 0,
    status: 'queued',
    createdAt: run.createdAt,
  };
}

describe('more sessions of one sender than the runtime admits a minute', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('are all opened in the end, while few ask', async () => {
    const world = new World();
    const launches = Array.from({ length: 1_000 }, () => world.launch('lead'));
    await world.clock.run(() => world.outcomes.length === launches.length);
    expect(world.outcomes.every((outcome) => outcome?.ack.ok)).toBe(true);
    // Sixteen windows with a question every few seconds, and those who asked before there was a line.
    expect(world.asked).toBeLessThan(launches.length + PLACES + 1_000);
    expect(world.waiting).toBe(0);
  });

  it('keep nobody else waiting', async () => {
    const world = new World();
    for (let count = 0; count < 500; count += 1) void world.launch('lead');
    await world.clock.run(() => world.waiting > PLACES);
    expect([world.waitingOf('lead'), world.waitingOf('other')]).toEqual([world.waiting, 0]);
    const began = world.clock.now();
    void world.launch('other').then((outcome) => expect(outcome?.ack.ok).toBe(true));
    const known = world.outcomes.length;
    await world.clock.run(() => world.outcomes.length > known);
    expect(world.clock.now() - began).toBeLessThan(1_000);
  });

  it('are given up by whoever stops them, and leave no gap in the line', async () => {
    const world = new World();
    world.admitsPerWindow = 0;
    const stops = Array.from({ length: 3 }, () => new AbortController());
    const launches = stops.map(({ signal }) => world.launch('lead', signal));
    await world.clock.run(() => world.waiting === launches.length);
    stops[1]?.abort();
    stops[0]?.abort();
    await world.clock.run(() => world.outcomes.length === 2);
    world.admitsPerWindow = 1;
    await world.clock.run(() => world.waiting === 0);
    expect((await launches[2])?.ack.ok).toBe(true);
    expect((await launches[0])?.ack).toMatchObject({ ok: false, errorCode: 'RUNTIME_TIMEOUT' });
  });

  it('wait a day at most', async () => {
    const world = new World();
    world.admitsPerWindow = 0;
    const began = world.clock.now();
    void world.launch('lead');
    await world.clock.run(() => world.outcomes.length === 1);
    expect(world.outcomes[0]).toMatchObject({ kind: 'unanswered', ack: { errorCode: 'RATE_LIMITED' } });
    expect(world.clock.now() - began).toBe(ADMISSION_MS_MAX);
  });

  it('are not asked for while kickoffs of the sender wait', async () => {
    const world = new World();
    const barriers = [world.barrier('lead'), world.barrier('lead')];
    for (const barrier of barriers) barrier.raise();
    const launches = [world.launch('lead'), world.launch('lead')];
    expect((await world.launch('other'))?.ack.ok).toBe(true);
    // Lowering it twice is not lowering the other.
    barriers[0]?.lower();
    barriers[0]?.lower();
    const began = world.clock.now();
    await world.clock.run(() => world.clock.now() > began + WINDOW_MS);
    expect([world.waiting, world.asked]).toEqual([launches.length, 1]);
    barriers[1]?.lower();
    await world.clock.run(() => world.waiting === 0);
    expect((await Promise.all(launches)).every((outcome) => outcome?.ack.ok)).toBe(true);
  });

  it('are not asked for when a kickoff begins to wait just as it leaves its place to them', async () => {
    const world = new World(1);
    const [kickoff, barrier, end] = [world.places.place(), world.barrier('lead'), new AbortController()];
    void world.clock.tick(end.signal);
    barrier.raise();
    const launch = world.launch('lead');
    await world.clock.run(() => world.waiting === 1);
    await kickoff.enter(end.signal);
    barrier.lower();
    await world.clock.run(() => world.places.waiting === 1);
    barrier.raise();
    kickoff.leave();
    const began = world.clock.now();
    await world.clock.run(() => world.clock.now() > began + WINDOW_MS);
    expect([world.waiting, world.asked]).toEqual([1, 0]);
    barrier.lower();
    await world.clock.run(() => world.waiting === 0);
    expect((await launch)?.ack.ok).toBe(true);
    end.abort();
  });

  it('are asked for no more when their run has been ended elsewhere', async () => {
    const world = new World();
    world.admitsPerWindow = 0;
    const launches = [world.launch('lead'), world.launch('lead')];
    await world.clock.run(() => world.waiting === launches.length);
    const { asked } = world;
    [world.isEnded, world.admitsPerWindow] = [true, PER_WINDOW];
    await world.clock.run(() => world.waiting === 0);
    expect(await Promise.all(launches)).toEqual([undefined, undefined]);
    expect(world.asked).toBe(asked);
  });

  it('do not fail one after the other when the runtime goes away', async () => {
    const world = new World();
    world.admitsPerWindow = 0;
    const launches = Array.from({ length: 3 * PLACES }, () => world.launch('lead'));
    await world.clock.run(() => world.waiting === launches.length);
    const began = world.clock.now();
    world.isAway = true;
    await world.clock.run(() => world.outcomes.length === launches.length);
    expect(world.outcomes.every((outcome) => outcome?.ack.errorCode === 'RUNTIME_UNAVAILABLE')).toBe(true);
    // The first, and then as many at once as there are places.
    expect(world.clock.now() - began).toBeLessThan(5 * WINDOW_MS);
  });

  it('stand in line again when the runtime comes back', async () => {
    const world = new World();
    world.admitsPerWindow = 0;
    const launches = Array.from({ length: 3 * PLACES }, () => world.launch('lead'));
    await world.clock.run(() => world.waiting === launches.length);
    world.isAway = true;
    await world.clock.run(() => world.waiting === 0);
    world.isAway = false;
    await world.clock.run(() => world.waiting === launches.length - 1);
    const { asked } = world;
    world.admitsPerWindow = PER_WINDOW;
    await world.clock.run(() => world.outcomes.length === launches.length);
    expect(world.outcomes.filter((outcome) => outcome?.ack.ok)).toHaveLength(launches.length - 1);
    expect(world.asked - asked).toBeLessThan(launches.length + PLACES);
  });
});
