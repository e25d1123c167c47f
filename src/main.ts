import { readFileSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import { ConfigError, parseConfig, type AppConfig } from './config/config.js';
import { stacksOf } from './errors/causes.js';
import { startControlPlane, type ControlPlane } from './control-plane.server.js';
import { isLoopbackHost } from './config/host-pattern.js';
import { missingFlags } from './config/node-flags.js';
import { startScreen, type StartFacts } from './start-screen.js';
import { databaseName } from './config/database-name.js';
import { packageVersion } from './config/package-root.provider.js';

const log = new Logger('Process');

/** One process: read the configuration, serve, and leave cleanly on the first signal. */
async function main(): Promise<void> {
  outliveReaders();
  const config = parseConfig(process.env, (path) => readFileSync(path, 'utf8'));
  const controlPlane = await startControlPlane(config);
  keepAlive();
  leaveOnSignal(controlPlane, config);
  const facts = factsOf(controlPlane, config);
  log.log({ message: 'serving', ...facts });
  const missing = missingFlags(process.execArgv, process.env['NODE_OPTIONS']);
  if (missing.length > 0) log.log({ message: 'a burst takes longer without these flags of Node.js', missing });
  tell(process.stdout, startScreen(facts));
  process.send?.({ type: 'listening', url: controlPlane.url, runtimeAddress: controlPlane.runtimeAddress });
}

function factsOf(controlPlane: ControlPlane, config: AppConfig): StartFacts {
  const embedded = config.runtime.address === undefined;
  return {
    url: controlPlane.url,
    version: packageVersion(),
    database: databaseName(config),
    runtime: `${embedded ? 'embedded MACP runtime (development)' : 'MACP runtime'} at ${controlPlane.runtimeAddress}`,
    runtimeAddress: controlPlane.runtimeAddress,
    recovered: controlPlane.recovered,
    callers: callersOf(config),
  };
}

function callersOf({ http }: AppConfig): StartFacts['callers'] {
  if (http.apiKeys.length > 0) return { kind: 'keys', count: http.apiKeys.length };
  return { kind: isLoopbackHost(http.host.toLowerCase()) ? 'machine' : 'anybody' };
}

/** Whoever reads what this process writes may go first; without a listener the error of the pipe would be an exception. */
function outliveReaders(): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
}

/** What cannot be written, as on a full disk, is lost: there is nobody else to tell. */
function tell(output: NodeJS.WriteStream, text: string): void {
  try {
    output.write(text);
  } catch {
    // The process goes on, or leaves, as it would have.
  }
}

/** A defect in one request or run must not end all the others: it is logged with its stack, and the process goes on. */
function keepAlive(): void {
  const report = (what: string) => (error: unknown) =>
    tell(process.stderr, `${JSON.stringify({ level: 60, msg: what, err: { stack: stacksOf(error) } })}\n`);
  process.on('unhandledRejection', report('unhandled rejection'));
  process.on('uncaughtException', report('uncaught exception'));
}

/** Further signals change nothing: a terminal, npm and a supervisor each send theirs, and what drains must not be cut off. */
function leaveOnSignal(controlPlane: ControlPlane, config: AppConfig): void {
  let isLeaving = false;
  const leave = (cause: string): void => {
    if (isLeaving) return;
    isLeaving = true;
    log.log({ message: 'leaving', cause });
    setTimeout(() => {
      log.warn({ message: 'draining took too long: unfinished runs are taken up at the next start' });
      exit(controlPlane, 0);
    }, config.shutdownDeadlineMs).unref();
    controlPlane.close().then(
      () => {
        log.log({ message: 'left' });
        exit(controlPlane, 0);
      },
      (error: unknown) => {
        log.error({ message: 'closing failed', err: error });
        exit(controlPlane, 1);
      },
    );
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
  process.on('disconnect', () => leave('disconnect'));
}

function exit(controlPlane: ControlPlane, code: number): void {
  void controlPlane.flushLog().finally(() => process.exit(code));
}

main().catch((error: unknown) => {
  tell(process.stderr, `${error instanceof ConfigError ? error.message : stacksOf(error)}\n`);
  process.exit(1);
});
