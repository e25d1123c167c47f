import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HistoryUnavailableError, historyLossOf } from '../../src/runtime/history.js';
import { describeRuntimeContract } from '../contracts/runtime-provider.contract.js';
import { LEAD, Reading, Scene, isReady, messageTypes, provider, framesOf } from '../contracts/runtime-scene.js';
import { startRustRuntime, type RunningRuntime } from '../support/rust-runtime.js';

describeRuntimeContract('the Rust reference runtime', startRustRuntime);

describe('the Rust reference runtime with storage', () => {
  let runtime: RunningRuntime;

  beforeAll(async () => {
    runtime = await startRustRuntime({ durable: true });
  });
  afterAll(() => runtime.stop());

  it('says where the history of a finished session begins, in whichever form its version has', async () => {
    const rust = provider(runtime.address);
    const scene = new Scene();
    await rust.startSession(scene.start());
    await rust.send(scene.proposal('p1'));
    expect(await rust.send(scene.commitment())).toMatchObject({ ok: true, sessionState: 'SESSION_STATE_RESOLVED' });

    const late = new Reading((signal) => framesOf(rust, scene.request(), signal));
    const told = late.until((frames) => frames.some((frame) => historyLossOf(frame) !== undefined));
    const error = await Promise.race([late.done, told.catch(() => late.done)]);
    const lowestOrdinal =
      error instanceof HistoryUnavailableError
        ? error.lowestOrdinal
        : late.items.map(historyLossOf).find((loss) => loss !== undefined)?.lowestOrdinal;
    expect(lowestOrdinal).toBe(3);
    await late.abort();

    const after = new Reading((signal) => framesOf(rust, scene.request(3), signal));
    await after.until(isReady);
    expect((await rust.getSession(scene.sessionId, LEAD)).state).toBe('SESSION_STATE_RESOLVED');
    expect(messageTypes(after.items)).toEqual([]);
    expect(await after.abort()).toBeUndefined();
    await rust.close();
  });
});
