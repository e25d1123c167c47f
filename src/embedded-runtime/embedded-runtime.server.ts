import type { Server as GrpcServer } from '@grpc/grpc-js';
import { Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { Health } from '../gen/grpc/health/v1/health_pb.js';
import { MACPRuntimeService } from '../gen/macp/v1/core_pb.js';
import { GRPC } from './errors.js';
import { toServiceDefinition } from './grpc-service.js';
import { CallHandlers } from './handlers.server.js';
import { HealthTopic } from './health.js';
import { createAuthenticator, type TokenEntry } from './identity.js';
import { isSessionRecord } from './journal-record.js';
import { openJournal, type Journal } from './journal.repository.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { findDropped, replayRecord } from './recovery.js';
import { pipelineStreams } from './pipeline.server.js';
import { isPastRetention, RuntimeService } from './runtime.service.js';

const DEFAULT_VERSION = '0.1.0';
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

export interface EmbeddedRuntimeOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0 = any free port. */
  readonly port?: number;
  /** Static identities; default none. */
  readonly tokens?: readonly TokenEntry[];
  /** Whether a token that is in no list is its own sender name; default true. */
  readonly dev?: boolean;
  /** Allows dev mode on an address that others can reach. */
  readonly allowInsecure?: boolean;
  /** Default plaintext. */
  readonly security?: ServerCredentials;
  /** Where the journal is kept; absent = memory only. */
  readonly dataDir?: string;
  readonly limits?: Partial<Limits>;
  /** Epoch milliseconds; default the system clock. */
  readonly now?: () => number;
  /** What Initialize reports. */
  readonly version?: string;
}

export interface EmbeddedRuntime {
  /** `host:port` as bound. */
  readonly address: string;
  /** The runtime without its wire, for tests and tools in the same process. */
  readonly runtime: RuntimeService;
  /** Sessions read from the journal. */
  readonly recovered: number;
  /** Bytes of an incomplete last journal line that were cut off at the start. */
  readonly tornBytes: number;
  /** Ends streams with UNAVAILABLE, lets calls under way finish for a moment, closes the journal. */
  close(): Promise<void>;
  /** Cuts everything at once, as the death of the process would. */
  crash(): void;
}

/** Starts a runtime. Throws an Error for options that contradict each other, a journal that cannot be read, a taken port. */
export async function startEmbeddedRuntime(options: EmbeddedRuntimeOptions = {}): Promise<EmbeddedRuntime> {
  const { host = '127.0.0.1', port = 0, tokens = [], dev = true } = options;
  refuseContradictions(host, tokens, dev, options.allowInsecure ?? false);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const runtime = new RuntimeService({ limits, now: options.now ?? Date.now });
  const storage = options.dataDir === undefined ? undefined : recover(runtime, options.dataDir);
  if (storage) runtime.keepIn(storage.journal);
  const recovered = runtime.sessions.size;
  runtime.sweep();

  const health = new HealthTopic(MACPRuntimeService.typeName);
  const handlers = new CallHandlers(
    runtime,
    createAuthenticator(tokens, dev),
    health,
    options.version ?? DEFAULT_VERSION,
  );
  const server = new Server(serverOptions(limits));
  server.addService(toServiceDefinition(MACPRuntimeService), handlers.runtimeMethods());
  server.addService(toServiceDefinition(Health), handlers.healthMethods());
  const boundPort = await bind(server, host, port, options.security).catch((error: unknown) => {
    storage?.journal.close();
    throw error;
  });
  const timer = setInterval(() => runtime.sweep(), limits.sweepIntervalMs);
  timer.unref();
  const release = (): void => {
    clearInterval(timer);
    storage?.journal.close();
  };
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    runtime,
    recovered,
    tornBytes: storage?.tornBytes ?? 0,
    close: once(async () => {
      health.stop();
      handlers.endStreams(GRPC.UNAVAILABLE, 'the runtime is shutting down');
      await drain(server, limits.drainMs);
      release();
    }),
    crash: () => {
      server.forceShutdown();
      release();
    },
  };
}

function refuseContradictions(host: string, tokens: readonly TokenEntry[], dev: boolean, allowInsecure: boolean): void {
  if (!dev && tokens.length === 0) throw new Error('without dev mode and without tokens nobody could use this runtime');
  if (dev && !LOOPBACK.has(host) && !allowInsecure) {
    throw new Error(
      `dev mode takes every token for an identity, so it is not served on ${host} unless allowed explicitly`,
    );
  }
}

function recover(runtime: RuntimeService, dataDir: string): { journal: Journal; tornBytes: number } {
  const starts = new Map<string, number>();
  return openJournal(dataDir, {
    onRecord: (entry) => {
      replayRecord(runtime, entry);
      if (isSessionRecord(entry) && entry.kind === 'start') {
        starts.set(entry.sessionId, (starts.get(entry.sessionId) ?? 0) + 1);
      }
    },
    dropped: () => {
      for (const session of runtime.sessions.all()) {
        if (isPastRetention(session, runtime.now(), runtime.limits)) runtime.sessions.remove(session.id);
      }
      return findDropped(starts, runtime);
    },
  });
}

function serverOptions(limits: Limits): ServerOptions {
  return {
    interceptors: [pipelineStreams],
    'grpc.max_receive_message_length': limits.payloadBytesMax + limits.requestOverheadBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': limits.streamsPerConnectionMax,
    'grpc.keepalive_time_ms': limits.keepaliveMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
    // Two runtimes on one port would share the calls between them; the second one has to fail instead.
    'grpc.so_reuseport': 0,
  };
}

function bind(
  server: GrpcServer,
  host: string,
  port: number,
  security = ServerCredentials.createInsecure(),
): Promise<number> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(target, security, (error, boundPort) => {
      if (error) reject(error);
      else resolve(boundPort);
    });
  });
}

/** Waits for calls under way; what is still open after `drainMs` is cut. */
function drain(server: GrpcServer, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, drainMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function once(action: () => Promise<void>): () => Promise<void> {
  let started: Promise<void> | undefined;
  return () => (started ??= action());
}
