import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const ISSUER = 'macp-auth-service';
export const AUDIENCE = 'macp-runtime';
const DEFAULT_TTL_SECONDS = 300;

/** What was asked for, as the service understood it. */
export interface Minting {
  readonly sender: string;
  readonly scopes: Readonly<Record<string, unknown>>;
  readonly ttlSeconds: number | undefined;
}

/** The answer instead of a token. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
}

export interface AuthService {
  readonly url: string;
  /** Everything that reached POST /tokens, in order. */
  readonly minted: readonly Minting[];
  /** The public keys, as the runtime wants them. */
  jwks(): string;
  /** From now on signs with another key, as a restarted service without a configured one does; until what it returns is called. */
  changeKey(): () => void;
  /** A token for an agent, past HTTP. */
  tokenFor(sender: string, scopes?: Minting['scopes']): string;
  /** From now on answers so; undefined = mints again. */
  refuse(refusal: Refusal | undefined): void;
  /** Holds answers back until the returned function is called. */
  hold(): () => void;
  stop(): Promise<void>;
}

/** An auth service over HTTP that signs JWTs with RS256, as the runtime verifies them. */
export async function startAuthService(
  options: {
    readonly ttlSeconds?: number;
    /** Hands out tokens of this function's making instead of signed ones. */
    readonly issue?: (asked: Minting) => string;
  } = {},
): Promise<AuthService> {
  const minted: Minting[] = [];
  let key = newKey();
  let refusal: Refusal | undefined;
  let held = Promise.resolve();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const asked = readAsked(Buffer.concat(parts).toString());
      minted.push(asked);
      void held.then(() => {
        const ttl = asked.ttlSeconds ?? options.ttlSeconds ?? DEFAULT_TTL_SECONDS;
        const { sender } = asked;
        const token = options.issue?.(asked) ?? jwt(key, asked, ttl);
        const answer = JSON.stringify({ token, sender, expires_in_seconds: ttl });
        const routed = request.method === 'POST' && request.url === '/tokens';
        const { status, body } = routed ? (refusal ?? { status: 200, body: answer }) : { status: 404, body: '' };
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    minted,
    jwks: () => JSON.stringify({ keys: [{ ...jwkOf(key), kid: kidOf(key), use: 'sig', alg: 'RS256' }] }),
    changeKey: () => {
      const former = key;
      key = newKey();
      return () => (key = former);
    },
    tokenFor: (sender, scopes = {}) => jwt(key, { sender, scopes, ttlSeconds: undefined }, DEFAULT_TTL_SECONDS),
    refuse: (next) => (refusal = next),
    hold: () => {
      let release = (): void => undefined;
      held = new Promise((resolve) => (release = resolve));
      return () => release();
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function readAsked(text: string): Minting {
  const body = JSON.parse(text) as { sender: string; scopes: Record<string, unknown>; ttl_seconds?: number };
  return { sender: body.sender, scopes: body.scopes, ttlSeconds: body.ttl_seconds };
}

function newKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

function jwkOf(key: KeyObject) {
  return createPublicKey(key).export({ format: 'jwk' });
}

function kidOf(key: KeyObject): string {
  return String(jwkOf(key).n).slice(0, 16);
}

function jwt(key: KeyObject, { sender, scopes }: Minting, ttlSeconds: number): string {
  const now = Math.floor(Date.now() / 1_000);
  const header = { alg: 'RS256', typ: 'JWT', kid: kidOf(key) };
  // `jti` makes two tokens of one second differ.
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: sender,
    iat: now,
    exp: now + Math.ceil(ttlSeconds),
    jti: String(process.hrtime.bigint()),
    macp_scopes: scopes,
  };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}
