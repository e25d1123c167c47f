import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RustRuntimeProvider } from '../../src/runtime/rust-runtime.provider.js';
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
import { AUDIENCE, ISSUER, startAuthService, type AuthService } from '../support/auth-service.js';
import { startRustRuntime, type RunningRuntime } from '../support/rust-runtime.js';
import { Stage, requestOf } from '../support/stage.js';
import { StoredRun } from '../support/stored-run.js';

/** The reference runtime, which believes the tokens of this service and no others. */
function startVerifying(service: AuthService): Promise<RunningRuntime> {
  return startRustRuntime({
    env: { MACP_AUTH_ISSUER: ISSUER, MACP_AUTH_AUDIENCE: AUDIENCE, MACP_AUTH_JWKS_JSON: service.jwks() },
  });
}

describe('tokens minted for the reference runtime', () => {
  let service: AuthService;
  let runtime: RunningRuntime;
  let rust: RustRuntimeProvider;

  beforeAll(async () => {
    service = await startAuthService();
    runtime = await startVerifying(service);
  });
  afterAll(async () => {
    await runtime.stop();
    await service.stop();
  });
  beforeEach(() => {
    rust = minting();
  });
  afterEach(() => rust.close());

  function minting(rules: { readonly participants?: boolean } = {}): RustRuntimeProvider {
    return provider(runtime.address, {
      credentials: credentials({ devIdentity: false }),
      minting: {
        mint: new TokenMint({ url: service.url }),
        own: true,
        ownManagesRegistry: false,
        participants: rules.participants ?? true,
      },
    });
  }

  it('let an observer follow what others open, and no more', async () => {
    const observer = minting({ participants: false });
    const scene = new Scene();
    expect(await rust.startSession(scene.start())).toMatchObject({ ok: true });
    const reading = new Reading((signal) => framesOf(observer, { ...scene.request(), as: undefined }, signal));
    expect(await rust.send(scene.proposal('p1'))).toMatchObject({ ok: true });
    await reading.until((frames) => messageTypes(frames).includes('Proposal'));
    expect(messageTypes(reading.items)).toEqual(['SessionStart', 'Proposal']);
    expect((await observer.getSession(scene.sessionId, undefined)).initiator).toBe(LEAD);
    await reading.abort();

    await expect(observer.cancelSession({ sessionId: scene.sessionId, reason: 'no' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { call: 'CancelSession', identity: 'control-plane' },
    });
    expect(observer.hasCredentialsFor(LEAD)).toBe(false);
    await expect(observer.cancelSession({ sessionId: scene.sessionId, reason: 'no', as: LEAD })).rejects.toMatchObject({
      code: 'CREDENTIALS_MISSING',
      details: { call: 'CancelSession', identity: LEAD },
    });
    await observer.close();
  });

  it('allow a participant to start only where a session is started', async () => {
    const scene = new Scene();
    expect(await rust.send(scene.start())).toMatchObject({ ok: false, errorCode: 'FORBIDDEN' });
    expect(await rust.startSession(scene.start())).toMatchObject({ ok: true });
    expect(await rust.send(scene.proposal('p1'))).toMatchObject({ ok: true });
    expect(await rust.send(scene.evaluation('p1'))).toMatchObject({ ok: true });
    const asked = service.minted.map(({ sender, scopes }) => [
      sender,
      scopes['can_start_sessions'],
      scopes['is_observer'],
    ]);
    expect(asked).toContainEqual([LEAD, true, false]);
    expect(asked).toContainEqual([LEAD, false, false]);
    expect(asked).toContainEqual([ALICE, false, false]);
  });

  it('are replaced once when the runtime refuses them, for calls, messages and streams', async () => {
    const scene = new Scene();
    await rust.startSession(scene.start());
    const restore = service.changeKey();
    const stranger = minting();
    const before = service.minted.length;
    await expect(stranger.getSession(scene.sessionId, LEAD)).rejects.toMatchObject({
      code: 'RUNTIME_CREDENTIALS_REFUSED',
      details: { call: 'GetSession', identity: LEAD, permission: 'is_observer' },
    });
    expect(service.minted.length).toBe(before + 2);
    expect(await stranger.send(scene.evaluation('p1'))).toMatchObject({ ok: false, errorCode: 'UNAUTHENTICATED' });
    const refused = new Reading((signal) => framesOf(stranger, scene.request(), signal));
    expect(await refused.done).toMatchObject({ code: 'RUNTIME_CREDENTIALS_REFUSED' });

    restore();
    expect((await stranger.getSession(scene.sessionId, LEAD)).state).toBe('SESSION_STATE_OPEN');
    expect(await stranger.send(scene.proposal('p1'))).toMatchObject({ ok: true });
    expect(await stranger.send(scene.evaluation('p1'))).toMatchObject({ ok: true });
    const reading = new Reading((signal) => framesOf(stranger, scene.request(), signal));
    await reading.until((frames) => messageTypes(frames).includes('Evaluation'));
    await reading.abort();
    await stranger.close();
  });

  it('that cannot be had are an error of the auth service, not of the runtime', async () => {
    service.refuse({ status: 503, body: '' });
    await expect(minting().listPolicies('*')).rejects.toMatchObject({ code: 'AUTH_SERVICE_UNAVAILABLE' });
    expect(await rust.health()).toEqual({ ok: true });
    expect(await rust.listModes()).not.toEqual([]);
    service.refuse(undefined);
    expect(await rust.listPolicies('*')).not.toEqual([]);
  });
});

describe('a control plane that mints its tokens', () => {
  it('launches a run in the name of its participants and follows it to the end', async () => {
    const service = await startAuthService();
    const env = { MACP_AUTH_SERVICE_URL: service.url, MACP_AUTH_MINT_PARTICIPANTS: 'true' };
    const stage = await Stage.open(await startVerifying(service), env, (sender) => service.tokenFor(sender));
    try {
      const launched = await stage.api.launch(requestOf('decision'));
      await stage.play(launched, 'decision');
      await stage.api.untilStatus(launched.runId, 'completed');
      (await StoredRun.read(stage.controlPlane.database, launched.runId)).expectSound();
      const own = service.minted.filter(({ sender }) => sender === 'control-plane');
      expect(own.map(({ scopes }) => scopes)).toEqual([
        { can_start_sessions: false, is_observer: true, can_manage_mode_registry: false },
      ]);
      const starters = service.minted.filter(({ scopes }) => scopes['can_start_sessions'] === true);
      expect(starters.map(({ sender }) => sender)).toEqual([LEAD]);
    } finally {
      await stage.close();
      await service.stop();
    }
  });
});
