import type { ServerCredentials } from '@grpc/grpc-js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startEmbeddedRuntime,
  type EmbeddedRuntime,
  type EmbeddedRuntimeOptions,
} from '../../src/embedded-runtime/embedded-runtime.server.js';
import { freePort, type RunningRuntime, type RuntimeToken } from './rust-runtime.js';

export interface EmbeddedRuntimeLaunch {
  /** Static tokens; absent = dev mode. */
  readonly tokens?: readonly RuntimeToken[];
  /** Keep sessions in a journal, so that they survive a restart. */
  readonly durable?: boolean;
  /** Default plaintext. */
  readonly security?: ServerCredentials;
  /** Of each sender. Default more than any test starts or says. */
  readonly sessionStartsPerMinuteMax?: number;
  readonly messagesPerMinuteMax?: number;
}

/** The embedded runtime in this process, started and stopped like the real one. */
export async function startEmbedded(launch: EmbeddedRuntimeLaunch = {}): Promise<RunningRuntime> {
  const dataDir = await mkdtemp(join(tmpdir(), 'macp-embedded-'));
  const port = await freePort();
  const { sessionStartsPerMinuteMax = 100_000, messagesPerMinuteMax = 1_000_000 } = launch;
  const options: EmbeddedRuntimeOptions = {
    port,
    dev: launch.tokens === undefined,
    tokens: launch.tokens ?? [],
    ...(launch.durable === true ? { dataDir } : {}),
    ...(launch.security === undefined ? {} : { security: launch.security }),
    limits: { sessionStartsPerMinuteMax, messagesPerMinuteMax, drainMs: 1_000 },
  };
  let running: EmbeddedRuntime | undefined = await startEmbeddedRuntime(options);
  const kill = () => {
    running?.crash();
    running = undefined;
    return Promise.resolve();
  };
  return {
    address: running.address,
    kill,
    restart: async () => {
      await kill();
      running = await startEmbeddedRuntime(options);
    },
    stop: async () => {
      await running?.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
