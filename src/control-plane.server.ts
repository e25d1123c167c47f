import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { systemClock } from './config/clock.provider.js';
import type { AppConfig } from './config/config.js';
import { PinoLogger } from './config/pino-logger.service.js';
import { SANDBOX_KIND } from './contracts/execution-request.js';
import type { Database } from './db/database.client.js';
import { openMigrated } from './db/migrate.client.js';
import { configureHttp, fastifyOptions } from './controllers/http-app.server.js';
import { RunRecoveryService } from './runs/run-recovery.service.js';
import { SessionListenerService } from './runs/session-listener.service.js';
import { RuntimeCredentials } from './runtime/credentials.js';
import { RuntimeProviderRegistry } from './runtime/runtime-provider.registry.service.js';
import type { RuntimeProvider } from './runtime/runtime-provider.interface.js';
import type { MintRules } from './runtime/runtime-tokens.client.js';
import { RustRuntimeProvider } from './runtime/rust-runtime.provider.js';
import { TokenMint } from './runtime/token-mint.client.js';
import { EmbeddedRuntimeProcess } from './sandbox/embedded-runtime-process.service.js';

/** How long requests under way may take to end once the process is leaving. Milliseconds. */
const CONNECTIONS_MS_MAX = 4_000;

/** How long the failure of the embedded runtime's start is told to whoever asks, before it is tried again. Milliseconds. */
const START_FAILURE_KEPT_MS = 5_000;

/** A control plane that serves. */
export interface ControlPlane {
  readonly url: string;
  readonly runtimeAddress: string;
  readonly recovered: number;
  readonly app: NestFastifyApplication;
  readonly database: Database;
  /** Drains and closes everything that was opened, once, in order. */
  close(): Promise<void>;
  /** To be awaited before the process exits. */
  flushLog(): Promise<void>;
}

/** Opens the database, the runtime and the HTTP port, in this order, and takes up unfinished runs. */
export async function startControlPlane(config: AppConfig): Promise<ControlPlane> {
  const logger = new PinoLogger(config.logLevel);
  Logger.overrideLogger(logger);
  const closers: (() => Promise<void>)[] = [];
  const close = once(async () => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  });
  try {
    const { database } = await openMigrated({
      ...config.database,
      dataDir: config.dataDir,
      onError: (error) =>
        logger.warn({ message: 'an idle database connection broke', error: error.message }, 'Database'),
    });
    closers.push(() => database.close());
    const runtimes = await openRuntimes(config, closers);
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.of({ config, clock: systemClock, database, ...runtimes }),
      new FastifyAdapter(fastifyOptions(config)),
      { logger, bodyParser: false, abortOnError: false },
    );
    closers.push(() => closeWithin(app));
    configureHttp(app, config);
    for (const provider of runtimes.registry.list()) app.get(SessionListenerService).listen(provider);
    await app.listen(config.http.port, config.http.host);
    const recovered = await app.get(RunRecoveryService).recover();
    const url = `${await app.getUrl()}${config.http.pathPrefix}`.replace('[::1]', 'localhost');
    return { url, runtimeAddress: runtimes.address, recovered, app, database, close, flushLog: () => logger.flush() };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openRuntimes(config: AppConfig, closers: (() => Promise<void>)[]) {
  // Closed in reverse: the application, then its channels, then the process at their other end.
  const embeddedProcess = new EmbeddedRuntimeProcess(
    { port: config.embeddedRuntime.port, dataDir: config.dataDir },
    systemClock,
  );
  closers.push(() => embeddedProcess.stop());
  const registry = new RuntimeProviderRegistry();
  closers.push(() => registry.closeAll());
  const embedded = once(() => embeddedProcess.start(), START_FAILURE_KEPT_MS);
  const address = config.runtime.address ?? (await embedded());
  registry.register(providerOf(config, config.runtime.kind, address));
  const sandbox = once(async (): Promise<RuntimeProvider | undefined> => {
    if (!config.embeddedRuntime.enabled) return undefined;
    const provider = providerOf(config, SANDBOX_KIND, await embedded());
    registry.register(provider);
    return provider;
  });
  return { registry, sandbox, address, embeddedAddress: embedded };
}

/** What the configuration says is said of the configured runtime. The embedded one takes every participant by its name. */
function providerOf(config: AppConfig, kind: string, address: string): RuntimeProvider {
  const configured = config.runtime.address === address;
  return new RustRuntimeProvider({
    kind,
    name: `${kind}-runtime`,
    address,
    ...(configured
      ? { tls: config.runtime.tls, minting: mintingOf(config), subscription: config.runtime.subscription }
      : {}),
    circuit: config.runtime.circuit,
    credentials: new RuntimeCredentials({
      devIdentity: configured ? config.runtime.devIdentity : true,
      tokens: new Map(configured ? Object.entries(config.runtime.tokens) : []),
      serviceToken: configured ? config.runtime.serviceToken : undefined,
      serviceIdentity: config.runtime.serviceIdentity,
    }),
  });
}

function mintingOf(config: AppConfig): MintRules | undefined {
  const { minting } = config.runtime;
  return minting && { ...minting, mint: new TokenMint(minting) };
}

/** Requests that do not end by themselves are cut off, so that a stuck client cannot hold up the leaving of a process. */
async function closeWithin(app: NestFastifyApplication): Promise<void> {
  const cut = setTimeout(() => app.getHttpServer().closeAllConnections(), CONNECTIONS_MS_MAX);
  await app.close().finally(() => clearTimeout(cut));
}

/** Makes it for the first who asks, and keeps it for all others. What failed is kept for `failureKeptMs`, then made anew. */
function once<T>(make: () => Promise<T>, failureKeptMs = 0): () => Promise<T> {
  let made: Promise<T> | undefined;
  let forgetAt = Infinity;
  return () => {
    if (made !== undefined && systemClock.ticks() < forgetAt) return made;
    forgetAt = Infinity;
    made = make().catch((error: unknown) => {
      forgetAt = systemClock.ticks() + failureKeptMs;
      throw error;
    });
    return made;
  };
}
