import { once } from 'node:events';
import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import { stacksOf } from '../errors/causes.js';

/** Fields that must never reach a log, wherever they turn up. */
const REDACTED = [
  'authorization',
  'token',
  '*.authorization',
  '*.token',
  'headers.authorization',
  '*.headers.authorization',
];

/** Nest tells of every module and route it finds at a start; the start screen says what a person wants to know. */
const QUIET = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** What a stack looks like; Nest appends it as a text, like the context. */
const STACK = /^.*\n\s+at /;

/** How long a process that leaves waits for its last line to be taken. Milliseconds. */
const FLUSH_MS_MAX = 500;

/** What standard error did not take waits for the next line, up to here; further lines are lost. Bytes. */
const UNWRITTEN_BYTES_MAX = 1_048_576;

type Level = 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal';

/** Nest's logger over pino: one JSON line per entry on stderr, so that stdout stays for people. */
export class PinoLogger implements LoggerService {
  private readonly logger: Logger;

  constructor(
    level: string,
    private readonly destination: DestinationStream = new StandardError(),
  ) {
    this.logger = pino(
      {
        level,
        redact: REDACTED,
        serializers: { err: shownError },
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
      },
      destination,
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /**
   * Resolves when what was logged is taken, or will not be. To be awaited before the process exits: who reads may be found gone only
   * then, and pino would try for ever.
   */
  async flush(): Promise<void> {
    if (this.destination instanceof StandardError) await this.destination.flush();
  }

  /** Nest appends a stack and the context as texts, in this order; an object message is merged into the entry. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const texts = rest.filter((text) => typeof text === 'string');
    const stack = texts.find((text) => STACK.test(text));
    const context = texts.findLast((text) => text !== stack);
    if (level === 'info' && context !== undefined && QUIET.has(context)) return;
    const from = { ...(context === undefined ? {} : { context }), ...(stack === undefined ? {} : { stack }) };
    if (message instanceof Error) this.logger[level]({ ...from, err: message }, message.message);
    else if (typeof message === 'object' && message !== null) {
      const text = 'message' in message && typeof message.message === 'string' ? message.message : '';
      const { message: _message, ...fields } = { message: '', ...message };
      this.logger[level]({ ...from, ...fields }, text);
    } else this.logger[level](from, String(message));
  }
}

/**
 * It may be a file on a full disk, or nobody may read it any more: an error that nobody listens to would be an exception, and be
 * logged in its turn. When the process leaves, pino writes what is left, and would try for ever: what nobody takes by then is given up.
 */
class StandardError implements DestinationStream {
  private readonly destination;
  private isTaken = true;
  /** Something was written, and neither taken nor refused so far. */
  private isPending = false;

  constructor() {
    const retryEAGAIN = (): boolean => {
      this.isTaken = false;
      return true;
    };
    this.destination = pino.destination({ dest: 2, maxLength: UNWRITTEN_BYTES_MAX, retryEAGAIN });
    this.destination.on('error', () => this.settle(false));
    this.destination.on('drain', () => this.settle(true));
    process.prependListener('exit', () => {
      if (!this.isTaken) this.destination.destroy();
    });
  }

  write(line: string): void {
    this.isPending = true;
    this.destination.write(line);
  }

  async flush(): Promise<void> {
    if (!this.isPending) return;
    const signal = AbortSignal.timeout(FLUSH_MS_MAX);
    // Rejects with the error, or for want of time: either way there is nothing more to wait for.
    await once(this.destination, 'drain', { signal }).catch(() => (this.isTaken = false));
  }

  private settle(isTaken: boolean): void {
    this.isTaken = isTaken;
    this.isPending = false;
  }
}

function shownError(error: unknown): object {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return { ...(code === undefined ? {} : { code }), stack: stacksOf(error) };
}
