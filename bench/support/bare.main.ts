/** Little more than node:http itself does for server-sent events: it holds ready bytes and writes them to whoever is connected. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerParent } from './answer.server.js';
import type { BareWrite } from './bare.client.js';
import { cpuMs } from './cpu.client.js';

const SETTLE_MS = 300;
const clients = new Set<ServerResponse>();

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  clients.add(response);
  response.once('close', () => clients.delete(response));
});

/** Each client at its own pace: a batch is corked into one write, and the next waits until the client has taken it. */
async function writeAll(client: ServerResponse, batches: readonly (readonly Uint8Array[])[]): Promise<void> {
  for (const batch of batches) {
    client.cork();
    for (const frame of batch) client.write(frame);
    client.uncork();
    if (client.writableNeedDrain) await once(client, 'drain');
    else await nextTurn();
  }
}

answerParent({
  cpuMs,
  write: async ({ batches }: BareWrite) => {
    await Promise.all([...clients].map((client) => writeAll(client, batches)));
  },
  settle: async () => {
    for (let collection = 0; collection < 3; collection += 1) {
      globalThis.gc?.();
      await sleep(SETTLE_MS);
    }
    return process.memoryUsage().rss;
  },
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}/` });
});
