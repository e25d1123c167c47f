import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RustRuntimeProvider } from '../../src/runtime/rust-runtime.provider.js';
import type { MintRules } from '../../src/runtime/runtime-tokens.client.js';
import { TokenMint } from '../../src/runtime/token-mint.client.js';
import {
  ALICE,
  LEAD,
  Reading,
  Scene,
  credentials,
  messageTypes,
  provider,
  framesOf,
} from '../contracts/runtime-scene.js';
import { startAuthService, type AuthService } from '../support/auth-service.js';
import { startEmbedded } from '../support/embedded-runtime.js';
import type { RunningRuntime } from '../support/rust-runtime.js';
import { CAST_TOKENS, staticTokenFor } from '../support/stage.js';

/** The auth service hands out tokens that the runtime knows, so that all is as with signed ones but for the signature. */
describe('tokens for the calls to a runtime', () => {
  let runtime: RunningRuntime;
  let service: AuthService;
  /** So many tokens that the runtime does not know come first. */
  let strangers: number;
  const open: RustRuntimeProvider[] = [];

  beforeEach(async () => {
    strangers = 0;
    runtime = await startEmbedded({ tokens: CAST_TOKENS });
    service = await startAuthService({
      issue: ({ sender }) => {
        strangers -= 1;
        if (strangers >= 0) return `stranger-${strangers}`;
        return sender === 'control-plane' ? 'token-observer' : staticTokenFor(sender);
      },
    });
  });
  afterEach(async () => {
    for (const rust of open.splice(0)) await rust.close();
    await service.stop();
    await runtime.stop();
  });

  function minting(
    rules: Partial<MintRules> = {},
    tokens: ReadonlyMap<string, string> = new Map(),
    serviceToken?: string,
  ): RustRuntimeProvider {
    const mint = new TokenMint({ url: service.url });
    const rust = provider(runtime.address, {
      credentials: credentials({ devIdentity: false, tokens, serviceToken }),
      minting: { mint, own: true, ownManagesRegistry: false, participants: true, ...rules },
    });
    open.push(rust);
    return rust;
  }

  const asked = () => service.minted.map(({ sender, scopes }) => [sender, scopes['can_start_sessions']]);

  it('are asked for once per identity and purpose, with no more rights than it takes', async () => {
    const rust = minting();
    const scene = new Scene();
    expect(await rust.startSession(scene.start())).toMatchObject({ ok: true });
    for (const id of ['p1', 'p2']) expect(await rust.send(scene.proposal(id))).toMatchObject({ ok: true });
    expect(await rust.send(scene.evaluation('p1'))).toMatchObject({ ok: true });
    await rust.getSession(scene.sessionId, undefined);
    await rust.listPolicies('*');
    expect(asked()).toEqual([
      [LEAD, true],
      [LEAD, false],
      [ALICE, false],
      ['control-plane', false],
    ]);
    expect(service.minted.map(({ scopes }) => scopes['is_observer'])).toEqual([false, false, false, true]);
    expect(service.minted.some(({ scopes }) => scopes['can_manage_mode_registry'] === true)).toBe(false);
  });

  it('are not asked for in the name of participants unless that is allowed', async () => {
    const rust = minting({ participants: false });
    expect([rust.hasCredentialsFor(LEAD), rust.hasCredentialsFor(undefined)]).toEqual([false, true]);
    expect(rust.readerOf(LEAD)).toBeUndefined();
    await expect(rust.startSession(new Scene().start())).rejects.toMatchObject({
      code: 'CREDENTIALS_MISSING',
      details: { call: 'SessionStart', identity: LEAD, permission: 'can_start_sessions' },
    });
    expect(asked()).toEqual([]);
  });

  it('that are configured win over minted ones', async () => {
    const rust = minting({ own: false }, new Map([[LEAD, staticTokenFor(LEAD)]]), 'token-observer');
    const scene = new Scene();
    expect(await rust.startSession(scene.start())).toMatchObject({ ok: true });
    await rust.listPolicies('*');
    expect(asked()).toEqual([]);
    expect(minting({ own: false }).hasCredentialsFor(undefined)).toBe(false);
  });

  it('that the runtime refuses are replaced once, for calls and for messages', async () => {
    const rust = minting();
    const scene = new Scene();
    strangers = 1;
    expect(await rust.startSession(scene.start())).toMatchObject({ ok: true });
    strangers = 1;
    expect((await rust.getSession(scene.sessionId, undefined)).state).toBe('SESSION_STATE_OPEN');
    expect(service.minted.length).toBe(4);

    strangers = 2;
    await expect(rust.getSession(scene.sessionId, ALICE)).rejects.toMatchObject({
      code: 'RUNTIME_CREDENTIALS_REFUSED',
      details: { call: 'GetSession', identity: ALICE },
    });
    expect(service.minted.length).toBe(6);
  });

  it('that a stream was refused with are not used for the next one', async () => {
    const rust = minting();
    const scene = new Scene();
    await rust.startSession(scene.start());
    strangers = 1;
    const first = new Reading((signal) => framesOf(rust, { ...scene.request(), as: undefined }, signal));
    expect(await first.done).toMatchObject({ code: 'RUNTIME_CREDENTIALS_REFUSED', details: { call: 'StreamSession' } });
    const second = new Reading((signal) => framesOf(rust, { ...scene.request(), as: undefined }, signal));
    await second.until((frames) => messageTypes(frames).includes('SessionStart'));
    await second.abort();
  });

  it('are not waited for by calls that need none', async () => {
    service.hold();
    const rust = minting();
    expect(await rust.health()).toEqual({ ok: true });
    expect(await rust.listModes()).not.toEqual([]);
    const gone = new AbortController();
    const waiting = rust.listPolicies('*', gone.signal);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
  });
});
