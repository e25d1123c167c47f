import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuntimeTls } from '../../src/runtime/channel-pool.client.js';
import type { RustRuntimeProvider } from '../../src/runtime/rust-runtime.provider.js';
import { Authority, type Identity } from '../support/certificates.js';
import type { RunningRuntime } from '../support/rust-runtime.js';
import { LEAD, Reading, Scene, messageTypes, provider, framesOf } from './runtime-scene.js';

/** Starts a runtime that shows this certificate. `trusted` is how a client reaches it. */
export type StartTlsRuntime = (identity: Identity, trusted: RuntimeTls) => Promise<RunningRuntime>;

const DAY_MS = 86_400_000;

/** Whether a call gets through, or the code of the error it ends with. */
export async function reach(address: string, tls: RuntimeTls | undefined): Promise<string> {
  const rust = provider(address, { tls, unaryDeadlineMs: 3_000 });
  try {
    await rust.initialize();
    return 'reached';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    await rust.close();
  }
}

/** TLS towards a runtime: who is believed, and that sessions are played and followed through it. */
export function describeRuntimeTls(name: string, start: StartTlsRuntime): void {
  describe(`TLS towards ${name}`, () => {
    let authority: Authority;
    let runtime: RunningRuntime;
    let trusted: RuntimeTls;
    const open: RustRuntimeProvider[] = [];

    beforeAll(async () => {
      authority = await Authority.create();
      trusted = { ca: Buffer.from(authority.cert) };
      runtime = await start(await authority.issue('runtime', { names: ['127.0.0.1', 'runtime.test'] }), trusted);
    });
    afterAll(async () => {
      for (const rust of open) await rust.close();
      await runtime.stop();
    });

    it('carries calls and streams when the authority is the one that was configured', async () => {
      const rust = provider(runtime.address, { tls: trusted });
      open.push(rust);
      const scene = new Scene();
      expect(await rust.startSession(scene.start())).toMatchObject({ ok: true });
      const reading = new Reading((signal) => framesOf(rust, scene.request(), signal));
      expect(await rust.send(scene.proposal('p1'))).toMatchObject({ ok: true });
      await reading.until((frames) => messageTypes(frames).includes('Proposal'));
      expect(messageTypes(reading.items)).toEqual(['SessionStart', 'Proposal']);
      expect((await rust.getSession(scene.sessionId, LEAD)).state).toBe('SESSION_STATE_OPEN');
      await reading.abort();
    });

    it('believes a certificate for another name only when that name is expected', async () => {
      const named = await start(await authority.issue('runtime', { names: ['runtime.test'] }), {
        ...trusted,
        serverName: 'runtime.test',
      });
      try {
        expect(await reach(named.address, trusted)).toBe('RUNTIME_UNAVAILABLE');
        expect(await reach(named.address, { ...trusted, serverName: 'other.test' })).toBe('RUNTIME_UNAVAILABLE');
        expect(await reach(named.address, { ...trusted, serverName: 'runtime.test' })).toBe('reached');
      } finally {
        await named.stop();
      }
    });

    it('believes no other authority, and not the system’s', async () => {
      const other = await Authority.create('another authority');
      expect(await reach(runtime.address, { ca: Buffer.from(other.cert) })).toBe('RUNTIME_UNAVAILABLE');
      expect(await reach(runtime.address, {})).toBe('RUNTIME_UNAVAILABLE');
    });

    it('is not fallen back from: plaintext gets no answer', async () => {
      expect(await reach(runtime.address, undefined)).toBe('RUNTIME_UNAVAILABLE');
    });
  });
}

/** A certificate that was valid until yesterday. */
export function expired(): Date {
  return new Date(Date.now() - DAY_MS / 2);
}
