import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { NODE_FLAGS } from '../../src/config/node-flags.js';
import { Child } from '../support/child.client.js';
import type { Context, Measured, Scenario } from '../support/scenario.js';
import { createScratch, type Scratch, type Server } from '../support/scratch.client.js';
import { median } from '../support/statistics.js';

const STARTS = 5;
const POLL_MS = 5;

export const coldStart: Scenario = {
  name: 'cold-start',
  about: 'from spawning `node dist/src/main.js` to the first 200 of /readyz, with the schema current',
  bars: ['coldPostgres', 'coldEmbedded'],
  deadlineMs: 240_000,
  async run(context) {
    const figures: Measured[] = [];
    const { server } = context;
    if (server !== undefined) figures.push({ of: 'coldPostgres', ...(await starts(context, server)) });
    figures.push({ of: 'coldEmbedded', ...(await starts(context, undefined)) });
    return figures;
  },
};

/** The median of several starts; the first one, which makes the schema, does not count. Each has its embedded runtime. */
async function starts(context: Context, server: Server | undefined): Promise<{ value: number; note: string }> {
  const scratch = context.own(await createScratch(server), (it) => it.drop());
  const where = server === undefined ? 'the embedded database' : 'PostgreSQL';
  const times: number[] = [];
  for (let index = 0; index <= STARTS; index += 1) {
    context.phase(`start ${index} on ${where}`);
    times.push(await start(scratch, context));
  }
  const [first, ...others] = times;
  return {
    value: median(others),
    note: `median of ${STARTS}; making the schema first took ${(first ?? 0).toFixed(0)} ms`,
  };
}

async function start(scratch: Scratch, context: Context): Promise<number> {
  const { signal } = context;
  const port = await freePort();
  const env = { ...scratch.env, PORT: String(port), EMBEDDED_RUNTIME_PORT: '0', LOG_LEVEL: 'error' };
  const began = performance.now();
  const child = context.own(Child.spawn('src/main.js', { signal, env, execArgv: NODE_FLAGS }), (it) => it.stop());
  while (!(await isReady(port))) await sleep(POLL_MS, undefined, { signal });
  const time = performance.now() - began;
  await child.stop();
  return time;
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
      response.resume();
      response.once('close', () => resolve(response.statusCode === 200));
    });
    outgoing.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
