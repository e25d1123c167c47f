import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface CommandLine {
  readonly help: boolean;
  readonly host: string;
  readonly port: number;
  readonly dev: boolean;
  readonly allowInsecure: boolean;
  readonly dataDir?: string;
  readonly tokensFile?: string;
  readonly sessionStartsPerMinuteMax?: number;
  readonly messagesPerMinuteMax?: number;
  readonly retentionMs?: number;
}

export const USAGE = `Usage: node dist/src/embedded-runtime/main.js [options]

  --port N                 port to listen on, 0 = any free one (default 50051)
  --host ADDRESS           address to listen on (default 127.0.0.1)
  --data-dir DIR           keep sessions in a journal in DIR (default: memory only)
  --tokens-file FILE       static identities, a JSON list of {token, sender, ...}
  --no-dev                 admit only tokens of the list; otherwise any other token is its own sender name
  --allow-insecure         allow dev mode on an address that others can reach
  --session-starts N       SessionStart messages per minute and sender, 0 = no limit (default 60)
  --messages N             other messages per minute and sender, 0 = no limit (default 600)
  --retention-seconds N    keep finished sessions this long after their start (default 3600)
  --help                   this text
`;

const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  'data-dir': { type: 'string' },
  'tokens-file': { type: 'string' },
  'no-dev': { type: 'boolean' },
  'allow-insecure': { type: 'boolean' },
  'session-starts': { type: 'string' },
  messages: { type: 'string' },
  'retention-seconds': { type: 'string' },
  help: { type: 'boolean' },
} as const;

const PORT_MAX = 65_535;

/** Throws an Error for an unknown option or a value that is no number. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  const port = integer('--port', values.port ?? '50051');
  if (port > PORT_MAX) throw new Error(`--port must not exceed ${PORT_MAX}`);
  const starts = values['session-starts'];
  const retention = values['retention-seconds'];
  return {
    help: values.help ?? false,
    host: values.host ?? '127.0.0.1',
    port,
    dev: !(values['no-dev'] ?? false),
    allowInsecure: values['allow-insecure'] ?? false,
    ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }),
    ...(values['tokens-file'] === undefined ? {} : { tokensFile: values['tokens-file'] }),
    ...(starts === undefined ? {} : { sessionStartsPerMinuteMax: perMinute('--session-starts', starts) }),
    ...(values.messages === undefined ? {} : { messagesPerMinuteMax: perMinute('--messages', values.messages) }),
    ...(retention === undefined ? {} : { retentionMs: integer('--retention-seconds', retention) * 1000 }),
  };
}

function integer(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${option} needs a whole number, not "${text}"`);
  return Number(text);
}

function perMinute(option: string, text: string): number {
  const value = integer(option, text);
  return value === 0 ? Number.POSITIVE_INFINITY : value;
}
