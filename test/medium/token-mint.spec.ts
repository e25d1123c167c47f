import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenMint, type MintSettings, type TokenScopes } from '../../src/runtime/token-mint.client.js';
import { startAuthService, type AuthService } from '../support/auth-service.js';
import { until } from '../support/until.js';

const OBSERVER: TokenScopes = { can_start_sessions: false, is_observer: true, can_manage_mode_registry: false };
const HOUR_SECONDS = 3_600;
const HOUR_MS = HOUR_SECONDS * 1_000;

describe('minting tokens', () => {
  let service: AuthService;
  let now: number;
  const mints: TokenMint[] = [];

  beforeEach(async () => {
    service = await startAuthService({ ttlSeconds: HOUR_SECONDS });
    now = Date.now();
  });
  afterEach(async () => {
    for (const mint of mints.splice(0)) await mint.close();
    await service.stop();
  });

  function mintOf(settings: Partial<MintSettings> = {}): TokenMint {
    const mint = new TokenMint({ url: service.url, now: () => now, ...settings });
    mints.push(mint);
    return mint;
  }

  const asks = () => service.minted.length;

  it('asks with sender, scopes and life, and keeps the answer', async () => {
    const mint = mintOf({ ttlSeconds: 600 });
    const token = await mint.token({ sender: 'control-plane', scopes: OBSERVER });
    expect(token.split('.').length).toBe(3);
    expect(await mint.token({ sender: 'control-plane', scopes: OBSERVER })).toBe(token);
    expect(mint.find({ sender: 'control-plane', scopes: OBSERVER })).toBe(token);
    expect(service.minted).toEqual([{ sender: 'control-plane', scopes: OBSERVER, ttlSeconds: 600 }]);
  });

  it('asks once for many who need it at once, and keeps identities and scopes apart', async () => {
    const mint = mintOf();
    const release = service.hold();
    const same = Array.from({ length: 20 }, () => mint.token({ sender: 'a', scopes: OBSERVER }));
    const other = mint.token({ sender: 'b', scopes: OBSERVER });
    const starter = mint.token({ sender: 'a', scopes: { ...OBSERVER, can_start_sessions: true } });
    await until('three requests are under way', () => Promise.resolve(asks() === 3 || undefined));
    release();
    const tokens = await Promise.all([...same, other, starter]);
    expect(new Set(tokens).size).toBe(3);
    expect(asks()).toBe(3);
  });

  it('renews before the end without anybody waiting, and uses the old token meanwhile', async () => {
    const mint = mintOf();
    const wanted = { sender: 'a', scopes: OBSERVER };
    const first = await mint.token(wanted);
    now += HOUR_MS - 120_000;
    expect(await mint.token(wanted)).toBe(first);
    expect(asks()).toBe(1);
    now += 70_000;
    const release = service.hold();
    expect(await mint.token(wanted)).toBe(first);
    expect(await mint.token(wanted)).toBe(first);
    release();
    await until('the token is renewed', async () => (await mint.token(wanted)) !== first || undefined);
    expect(asks()).toBe(2);
  });

  it('waits for a new one when the old one is over', async () => {
    const mint = mintOf();
    const wanted = { sender: 'a', scopes: OBSERVER };
    const first = await mint.token(wanted);
    now += HOUR_MS;
    expect(mint.find(wanted)).toBeUndefined();
    expect(await mint.token(wanted)).not.toBe(first);
  });

  it('uses a good token while the service is away, and knocks again only now and then', async () => {
    const mint = mintOf();
    const wanted = { sender: 'a', scopes: OBSERVER };
    const first = await mint.token(wanted);
    service.refuse({ status: 503, body: '' });
    now += HOUR_MS - 30_000;
    expect(await mint.token(wanted)).toBe(first);
    await until('the renewal was tried', () => Promise.resolve(asks() === 2 || undefined));
    await until('its failure is known', async () => {
      const before = asks();
      expect(await mint.token(wanted)).toBe(first);
      return asks() === before || undefined;
    });
    // The pause counts from when the failure became known, which may have been only just now.
    const endsAt = now + 30_000;
    await until('the renewal was tried again', async () => {
      now = Math.min(now + 500, endsAt - 1_000);
      expect(await mint.token(wanted)).toBe(first);
      return asks() >= 3 || undefined;
    });
    now = endsAt;
    await expect(mint.token(wanted)).rejects.toMatchObject({ code: 'AUTH_SERVICE_UNAVAILABLE' });
    service.refuse(undefined);
    expect(await mint.token(wanted)).not.toBe(first);
  });

  it('gets another one after the runtime refused the first', async () => {
    const mint = mintOf();
    const wanted = { sender: 'a', scopes: OBSERVER };
    const first = await mint.token(wanted);
    mint.forget('another');
    expect(await mint.token(wanted)).toBe(first);
    mint.forget(first);
    expect(await mint.token(wanted)).not.toBe(first);
  });

  it('keeps no more than it may, and forgets whom it has not heard of for longest', async () => {
    const mint = mintOf({ tokensMax: 2 });
    for (const sender of ['a', 'b', 'a', 'c', 'a']) await mint.token({ sender, scopes: OBSERVER });
    expect(service.minted.map(({ sender }) => sender)).toEqual(['a', 'b', 'c']);
    await mint.token({ sender: 'b', scopes: OBSERVER });
    expect(asks()).toBe(4);
  });

  it('lets one caller go without taking the token from the others', async () => {
    const mint = mintOf();
    const release = service.hold();
    const leaving = new AbortController();
    const left = mint.token({ sender: 'a', scopes: OBSERVER }, leaving.signal);
    const stays = mint.token({ sender: 'a', scopes: OBSERVER });
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    release();
    expect(await stays).toMatch(/\./);
    await expect(mint.token({ sender: 'a', scopes: OBSERVER }, leaving.signal)).rejects.toThrow('gone');
    expect(asks()).toBe(1);
  });

  it.each([
    [{ status: 500, body: 'oops' }, 'AUTH_SERVICE_UNAVAILABLE', true],
    [{ status: 429, body: '' }, 'AUTH_SERVICE_UNAVAILABLE', true],
    [{ status: 302, body: '' }, 'AUTH_SERVICE_REFUSED', undefined],
    [{ status: 400, body: '{"error":"ttl must be positive"}' }, 'AUTH_SERVICE_REFUSED', undefined],
    [{ status: 200, body: '{}' }, 'AUTH_SERVICE_REFUSED', undefined],
    [{ status: 200, body: 'secret-token' }, 'AUTH_SERVICE_REFUSED', undefined],
    [{ status: 200, body: '{"token":"secret-token","expires_in_seconds":0}' }, 'AUTH_SERVICE_REFUSED', undefined],
    [{ status: 200, body: '{"token":"secret\\ntoken","expires_in_seconds":9}' }, 'AUTH_SERVICE_REFUSED', undefined],
    [
      { status: 200, body: '{"token":"secret-token","sender":"b","expires_in_seconds":9}' },
      'AUTH_SERVICE_REFUSED',
      undefined,
    ],
    [{ status: 200, body: `"${'x'.repeat(70_000)}"` }, 'AUTH_SERVICE_UNAVAILABLE', true],
  ])('tells %j as %s', async (refusal, code, retryable) => {
    service.refuse(refusal);
    const error: unknown = await mintOf()
      .token({ sender: 'a', scopes: OBSERVER })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect((error as { details: Record<string, unknown> }).details['retryable']).toBe(retryable);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('secret');
    if (refusal.status === 400)
      expect(error).toMatchObject({ details: { reason: 'ttl must be positive', sender: 'a' } });
  });

  it('gives up a service that is silent or gone', async () => {
    service.hold();
    await expect(mintOf({ timeoutMs: 100 }).token({ sender: 'a', scopes: OBSERVER })).rejects.toMatchObject({
      code: 'AUTH_SERVICE_UNAVAILABLE',
    });
    const gone = mintOf({ url: 'http://127.0.0.1:1/base/' });
    await expect(gone.token({ sender: 'a', scopes: OBSERVER })).rejects.toThrow(/127\.0\.0\.1:1 .*\/base\/tokens/);
  });

  it('ends what is under way when it is closed', async () => {
    service.hold();
    const mint = mintOf();
    const waiting = mint.token({ sender: 'a', scopes: OBSERVER });
    waiting.catch(() => undefined);
    await until('the request is under way', () => Promise.resolve(asks() === 1 || undefined));
    await mint.close();
    await expect(waiting).rejects.toMatchObject({ code: 'AUTH_SERVICE_UNAVAILABLE' });
  });

  it('shows no token to whoever prints it', async () => {
    const mint = mintOf();
    const token = await mint.token({ sender: 'a', scopes: OBSERVER });
    const shown = [JSON.stringify({ mint }), inspect(mint, { showHidden: true, depth: 9 })].join(' ');
    expect(shown).not.toContain(token);
  });
});
