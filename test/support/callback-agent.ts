import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CallbackCall {
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface CallbackAgent {
  readonly url: string;
  readonly calls: readonly CallbackCall[];
  stop(): Promise<void>;
}

/** An agent’s listener for cancelCallback, on loopback. */
export async function callbackAgent(
  answer: (response: ServerResponse, call: CallbackCall) => void | Promise<void>,
): Promise<CallbackAgent> {
  const calls: CallbackCall[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as CallbackCall['body'];
      const call = { authorization: request.headers.authorization, body };
      calls.push(call);
      void answer(response, call);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/agent/cancel`,
    calls,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
