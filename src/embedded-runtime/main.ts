import { readFileSync } from 'node:fs';
import { parseCommandLine, USAGE, type CommandLine } from './command-line.js';
import { startEmbeddedRuntime, type EmbeddedRuntime } from './embedded-runtime.server.js';
import type { TokenEntry } from './identity.js';
import { DEFAULT_LIMITS } from './limits.js';
import { parseTokenList } from './token-list.js';

/** A close that takes longer than this is given up; the process ends anyway. */
const CLOSE_MS_MAX = 4_000;
const EXIT_USAGE = 2;

function describe(line: CommandLine, tokens: readonly TokenEntry[], started: EmbeddedRuntime): string {
  const names = started.runtime.modes.names();
  const identities = [
    ...(tokens.length > 0 ? [`${tokens.length} static token(s) from ${line.tokensFile ?? ''}`] : []),
    ...(line.dev ? ['dev mode: any other token is its own sender name'] : []),
  ];
  const storage =
    line.dataDir === undefined
      ? 'memory only; sessions end with this process'
      : `journal in ${line.dataDir}, ${started.recovered} session(s) read`;
  return [
    'MACP embedded runtime',
    `  address     ${started.address} (gRPC over plaintext HTTP/2)`,
    `  services    macp.v1.MACPRuntimeService, grpc.health.v1.Health`,
    `  modes       ${names.join(', ')}`,
    `  identities  ${identities.join('; ')}`,
    `  storage     ${storage}`,
    ...(started.tornBytes > 0
      ? [`  note        an incomplete last record (${started.tornBytes} bytes) was cut off`]
      : []),
    '  stop        Ctrl-C',
    '',
  ].join('\n');
}

async function serve(line: CommandLine): Promise<void> {
  const tokens = line.tokensFile === undefined ? [] : parseTokenList(readFileSync(line.tokensFile, 'utf8'));
  const started = await startEmbeddedRuntime({
    host: line.host,
    port: line.port,
    dev: line.dev,
    allowInsecure: line.allowInsecure,
    tokens,
    ...(line.dataDir === undefined ? {} : { dataDir: line.dataDir }),
    limits: {
      sessionStartsPerMinuteMax: line.sessionStartsPerMinuteMax ?? DEFAULT_LIMITS.sessionStartsPerMinuteMax,
      messagesPerMinuteMax: line.messagesPerMinuteMax ?? DEFAULT_LIMITS.messagesPerMinuteMax,
      retentionMs: line.retentionMs ?? DEFAULT_LIMITS.retentionMs,
    },
  });
  endWith(started);
  process.stdout.write(describe(line, tokens, started));
  process.send?.({ type: 'listening', address: started.address });
}

/** Signals, and the end of the parent where there is one, close the runtime once and end the process with 0. */
function endWith(started: EmbeddedRuntime): void {
  let isClosing = false;
  const stop = (): void => {
    if (isClosing) return;
    isClosing = true;
    setTimeout(() => process.exit(0), CLOSE_MS_MAX).unref();
    void started.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (process.send) process.on('disconnect', stop);
}

async function main(args: readonly string[]): Promise<void> {
  let line: CommandLine;
  try {
    line = parseCommandLine(args);
  } catch (error) {
    process.stderr.write(`${textOf(error)}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  if (line.help) process.stdout.write(USAGE);
  else await serve(line);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${textOf(error)}\n`);
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}
