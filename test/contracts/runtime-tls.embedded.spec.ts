import { ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { Authority, type Identity } from '../support/certificates.js';
import { startEmbedded } from '../support/embedded-runtime.js';
import type { RunningRuntime } from '../support/rust-runtime.js';
import { describeRuntimeTls, expired, reach } from './runtime-tls.js';

function serverSecurity({ cert, key }: Identity, clients?: string): ServerCredentials {
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  return ServerCredentials.createSsl(
    clients === undefined ? null : Buffer.from(clients),
    [pair],
    clients !== undefined,
  );
}

describeRuntimeTls('a grpc-js server', (identity) => startEmbedded({ security: serverSecurity(identity) }));

describe('mutual TLS', () => {
  let runtime: RunningRuntime | undefined;
  afterEach(() => runtime?.stop());

  it('lets in whose certificate the runtime’s authority issued, and nobody else', async () => {
    const [servers, clients, strangers] = [
      await Authority.create(),
      await Authority.create(),
      await Authority.create(),
    ];
    const server = await servers.issue('runtime', { names: ['127.0.0.1'] });
    runtime = await startEmbedded({ security: serverSecurity(server, clients.cert) });
    const ca = Buffer.from(servers.cert);
    const as = ({ cert, key }: Identity) => ({ ca, clientCert: Buffer.from(cert), clientKey: Buffer.from(key) });

    expect(await reach(runtime.address, as(await clients.issue('control plane')))).toBe('reached');
    expect(await reach(runtime.address, { ca })).toBe('RUNTIME_UNAVAILABLE');
    expect(await reach(runtime.address, as(await strangers.issue('control plane')))).toBe('RUNTIME_UNAVAILABLE');
    const late = await clients.issue('control plane', { notAfter: expired() });
    expect(await reach(runtime.address, as(late))).toBe('RUNTIME_UNAVAILABLE');
  });

  it('does not believe an expired certificate of the runtime', async () => {
    const servers = await Authority.create();
    const server = await servers.issue('runtime', { names: ['127.0.0.1'], notAfter: expired() });
    runtime = await startEmbedded({ security: serverSecurity(server) });
    expect(await reach(runtime.address, { ca: Buffer.from(servers.cert) })).toBe('RUNTIME_UNAVAILABLE');
  });
});
