import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import { aRun } from '../../test/stories/world.js';
import type { WireEnvelope } from '../contracts/envelope.js';
import type { RunId, SessionId } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { payloadCodec } from '../runtime/proto-registry.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { AmbientService, WAITING_BYTES_MAX, WRITTEN_AT_ONCE_MAX } from './ambient.service.js';
import type { Heard, RunManagerService } from './run-manager.service.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NEVER = new AbortController().signal;
/** Until the process leaves. */
const SILENCE = Infinity;

/** A message id to hear a signal, a number of milliseconds to stand in silence, or how the stream breaks. */
type Script = readonly (string | number | Error)[];

/** Signals as the story tells them, and a database that the story takes away. */
class World {
  readonly clock = new JumpingClock();
  readonly batches: { readonly runId: RunId; readonly messageIds: readonly string[] }[] = [];
  readonly opened: number[] = [];
  readonly service: AmbientService;
  /** What becomes of a write; resolves at once unless the story says otherwise. */
  write: () => Promise<void> = () => Promise.resolve();

  constructor(
    private readonly scripts: Script[],
    private readonly payload = new Uint8Array(),
  ) {
    const manager = {
      hear: async (runId: RunId, { raws }: Heard) => {
        await this.write();
        const messageIds = raws.map((raw) => ('envelope' in raw ? raw.envelope.messageId : ''));
        this.batches.push({ runId, messageIds });
        return aRun();
      },
    };
    // The service uses no more of its neighbours than is here.
    this.service = new AmbientService(
      manager as Partial<RunManagerService> as RunManagerService,
      payloadCodec,
      this.clock,
    );
  }

  get stored(): readonly string[] {
    return this.batches.flatMap(({ messageIds }) => messageIds);
  }

  listen(kind = aRun().runtimeKind): void {
    const provider: Partial<RuntimeProvider> = { kind, watchSignals: (...args) => this.watch(...args) };
    this.service.ensure(provider as RuntimeProvider);
  }

  async turns(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves with what was stored by the time at which the process may leave. */
  async stop(): Promise<readonly string[]> {
    let stored: readonly string[] | undefined;
    void this.service.onModuleDestroy().then(() => (stored = this.stored));
    await this.clock.run(() => stored !== undefined);
    return stored ?? [];
  }

  private async *watch(signal: AbortSignal, onStanding?: () => void) {
    this.opened.push(this.clock.now());
    for (const [index, step] of (this.scripts.shift() ?? [SILENCE]).entries()) {
      await Promise.resolve();
      if (step instanceof Error) throw step;
      if (index === 0) onStanding?.();
      if (step === SILENCE) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      else if (typeof step === 'number') await this.clock.sleep(step, signal);
      else yield { envelope: this.signalOf(step), receivedAt: isoTime(this.clock.now()) };
    }
  }

  /** `s1/m1`: message m1 about the session s1. */
  private signalOf(step: string): WireEnvelope {
    const [sessionId = '', messageId = ''] = step.split('/');
    const header = { macpVersion: '1.0', mode: '', messageType: 'Signal', sender: 'alice', timestampUnixMs: 0 };
    return { ...header, sessionId, messageId, payload: this.payload };
  }
}

function runOf(sessionId: string): Run {
  return { ...aRun(), id: `run-of-${sessionId}` as RunId, sessionId: sessionId as SessionId };
}

describe('signals of sessions that are followed', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('are stored before the process leaves, those too that wait behind a write', async () => {
    const world = new World([['s/m1', 's/m2', 's/m3', SILENCE]]);
    let arrived = 0;
    let finish = (): void => undefined;
    world.write = () => {
      arrived += 1;
      return arrived > 1 ? world.clock.sleep(10, NEVER) : new Promise((resolve) => (finish = resolve));
    };
    world.service.open(runOf('s'));
    world.listen();
    await world.clock.run(() => arrived === 1);
    const stored = world.stop();
    // By now it is waited for.
    await world.turns();
    finish();
    expect(await stored).toEqual(['m1', 'm2', 'm3']);
  });

  it('are stored though their run has ended and others have begun since', async () => {
    const world = new World([['s/m1', 's/m2', SILENCE]]);
    let isAway = true;
    world.write = () => (isAway ? Promise.reject(new AppError('DATABASE_UNAVAILABLE', 'away')) : Promise.resolve());
    world.service.open(runOf('s'));
    world.listen();
    await world.clock.run(() => world.clock.slept.length > 0);
    world.service.close(runOf('s'));
    const later = world.clock.now() + MINUTE_MS;
    await world.clock.run(() => world.clock.now() > later);
    world.service.open(runOf('other'));
    isAway = false;
    await world.clock.run(() => world.stored.length === 2);
    await world.stop();
    expect(world.stored).toEqual(['m1', 'm2']);
  });

  it('belong to the run that has the session now, if another was deleted meanwhile', async () => {
    const world = new World([['s/m1', 1_000, 's/m2', SILENCE]]);
    world.service.open(runOf('s'));
    world.listen();
    await world.clock.run(() => world.stored.length === 1);
    world.service.close(runOf('s'));
    world.service.open({ ...runOf('s'), id: 'its-successor' as RunId });
    await world.clock.run(() => world.stored.length === 2);
    expect(world.batches.map(({ runId }) => runId)).toEqual(['run-of-s', 'its-successor']);
    await world.stop();
  });

  it('wait for the database up to a total size, are counted beyond it, and are written a part at a time', async () => {
    const payload = new Uint8Array(64 * 1024);
    const fits = Math.floor(WAITING_BYTES_MAX / (payload.byteLength + 1024));
    const sent = Array.from({ length: fits + 10 }, (_, index) => `s${index % 2}/m${index}`);
    const world = new World([[...sent, SILENCE]], payload);
    let isAway = true;
    world.write = () => (isAway ? Promise.reject(new AppError('DATABASE_UNAVAILABLE', 'away')) : Promise.resolve());
    for (const sessionId of ['s0', 's1']) world.service.open(runOf(sessionId));
    world.listen();
    await world.clock.run(() => world.service.health().dropped === 10);
    isAway = false;
    await world.clock.run(() => world.stored.length === fits);
    expect(Math.max(...world.batches.map(({ messageIds }) => messageIds.length))).toBe(WRITTEN_AT_ONCE_MAX);
    for (const sessionId of ['s0', 's1']) {
      const own = world.batches.filter(({ runId }) => runId === `run-of-${sessionId}`);
      const heard = sent.slice(0, fits).filter((step) => step.startsWith(sessionId));
      expect(own.flatMap(({ messageIds }) => messageIds)).toEqual(heard.map((step) => step.slice(3)));
    }
    await world.stop();
  });

  it('are not those of another runtime that has a session of the same id', async () => {
    const world = new World([
      ['s/m1', SILENCE],
      ['s/m2', SILENCE],
    ]);
    world.listen('another');
    await world.clock.run(() => world.service.health().held === 1);
    world.service.open(runOf('s'));
    world.listen();
    await world.clock.run(() => world.stored.length > 0);
    expect(await world.stop()).toEqual(['m2']);
    expect(world.service.health().held).toBe(1);
  });

  it('lose no more than what cannot be stored', async () => {
    const sent = Array.from({ length: WRITTEN_AT_ONCE_MAX + 2 }, (_, index) => `s/m${index}`);
    const world = new World([[...sent, SILENCE]]);
    let writes = 0;
    // The first one is under way while the others gather; the second is as large as a write may be.
    world.write = () => {
      writes += 1;
      if (writes === 2) return Promise.reject(new Error('not storable'));
      return world.clock.sleep(10, NEVER);
    };
    world.service.open(runOf('s'));
    world.listen();
    await world.clock.run(() => world.stored.length === 2);
    expect(world.stored).toEqual(['m0', `m${WRITTEN_AT_ONCE_MAX + 1}`]);
    expect(world.service.health().dropped).toBe(WRITTEN_AT_ONCE_MAX);
    await world.stop();
  });

  it('are heard again at once after an outage that follows days of silence', async () => {
    const lost = new AppError('RUNTIME_UNAVAILABLE', 'lost');
    const world = new World([...Array.from({ length: 12 }, () => [lost]), [3 * DAY_MS, lost], [SILENCE]]);
    world.listen();
    await world.clock.run(() => world.opened.length === 14);
    const [stood, again] = world.opened.slice(-2);
    expect(again! - (stood! + 3 * DAY_MS)).toBeLessThan(1_000);
    await world.stop();
  });
});
