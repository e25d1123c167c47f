/**
 * The control plane as a process of its own, as `npm start` runs it, with a channel for the questions that HTTP does not
 * answer: what the process has used, and to stop following a run. Start it with --expose-gc.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '../../src/config/config.js';
import { startControlPlane } from '../../src/control-plane.server.js';
import type { RunId } from '../../src/contracts/ids.js';
import { RunLedgerService } from '../../src/runs/run-ledger.service.js';
import { StreamConsumerService } from '../../src/runs/stream-consumer.service.js';
import { answerParent } from './answer.server.js';
import { cpuMs } from './cpu.client.js';
import type { Query, Usage } from './host.client.js';
import { insertLimit, type LimitOptions } from './insert-limit.js';

/** Between two collections, so that what finalizers and sockets let go of is found by the second. */
const SETTLE_MS = 300;
const COLLECTIONS = 3;

const controlPlane = await startControlPlane(parseConfig(process.env, (path) => readFileSync(path, 'utf8')));
const ledger = controlPlane.app.get(RunLedgerService);
const consumer = controlPlane.app.get(StreamConsumerService);

function usage(): Usage {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuMs: cpuMs(), rssBytes: rss, heldBytes: heapUsed + external };
}

async function settle(): Promise<Usage> {
  for (let collection = 0; collection < COLLECTIONS; collection += 1) {
    if (globalThis.gc === undefined) throw new Error('the host was started without --expose-gc');
    globalThis.gc();
    await sleep(SETTLE_MS);
  }
  return usage();
}

answerParent({
  cpuMs,
  usage,
  settle,
  query: ({ text, values }: Query) => controlPlane.database.query(text, values),
  insertLimit: (options: LimitOptions) => insertLimit(controlPlane.database, options),
  unfollow: async (runIds: readonly RunId[]) => {
    for (const runId of runIds) await consumer.stop(await ledger.getRun(runId));
  },
});

process.once('SIGTERM', () => {
  void controlPlane.close().finally(() => process.exit(0));
});
process.send?.({ type: 'listening', url: controlPlane.url, runtimeAddress: controlPlane.runtimeAddress });
