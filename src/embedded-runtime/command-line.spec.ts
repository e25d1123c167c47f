import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.js';

describe('the command line', () => {
  it('has loopback and dev mode by default', () => {
    expect(parseCommandLine([])).toEqual({
      help: false,
      host: '127.0.0.1',
      port: 50_051,
      dev: true,
      allowInsecure: false,
    });
  });

  it('takes every option', () => {
    const args =
      '--port 0 --host ::1 --data-dir d --tokens-file t --no-dev --allow-insecure --session-starts 0 --messages 5';
    expect(parseCommandLine([...args.split(' '), '--retention-seconds', '60'])).toEqual({
      help: false,
      host: '::1',
      port: 0,
      dev: false,
      allowInsecure: true,
      dataDir: 'd',
      tokensFile: 't',
      sessionStartsPerMinuteMax: Infinity,
      messagesPerMinuteMax: 5,
      retentionMs: 60_000,
    });
  });

  it.each([['--port', 'x'], ['--port', '65536'], ['--port', '-1'], ['--messages', '1.5'], ['--unknown'], ['stray']])(
    'refuses %s %s',
    (...args) => expect(() => parseCommandLine(args)).toThrow(),
  );
});
