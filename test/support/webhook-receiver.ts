import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A message whose signature is right. */
export interface Told {
  readonly id: string;
  readonly body: {
    readonly type: string;
    readonly sessionId: string;
    readonly data: { readonly id: string; readonly runId: string; readonly seq: number };
  };
}

/** Listens on loopback as a receiver would; `calls` counts whatever came, `taken` what was answered with 2xx. */
export async function webhookReceiver(secret: string, answer: (response: ServerResponse, told: Told) => void) {
  const signer = new Webhook(Buffer.from(secret), { format: 'raw' });
  const calls: Told[] = [];
  const taken: Told[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      const body = signer.verify(Buffer.concat(parts), headers) as Told['body'];
      const told = { id: headers['webhook-id'] ?? '', body };
      calls.push(told);
      answer(response, told);
      if (response.writableEnded && response.statusCode < 300) taken.push(told);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    calls,
    taken,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
