import { describe, expect, it } from 'vitest';
import { executionRequest } from './execution-request.dto.js';
import { parseRequest } from './parse-request.js';

const parse = (session: object, kickoff: readonly object[] = []): unknown =>
  parseRequest(executionRequest, {
    runtime: { kind: 'rust' },
    session: {
      modeName: 'm',
      modeVersion: '1',
      configurationVersion: 'c',
      ttlMs: 1_000,
      participants: [{ id: 'a' }],
      ...session,
    },
    kickoff,
  });

const message = (to: readonly unknown[]) => ({ from: 'a', kind: 'request', messageType: 'Vote', to });
const keyed = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]));
/** An object of so many characters as JSON. */
const sized = (length: number) => ({ a: 'x'.repeat(length - '{"a":""}'.length) });

describe('an execution request', () => {
  it('is told of too many entries, and not of each that is wrong', () => {
    const wrong = () => Array.from({ length: 101 }, () => message(Array.from({ length: 200 }, () => 0)));
    expect(() => parse({}, wrong())).toThrow(/^kickoff: must not have more than 20000 recipients in all$/);
    expect(() => parse({ extensions: keyed(65, 0) })).toThrow(/^session.extensions: must not have more than 64 keys$/);
  });

  it('may be as large as it can be', () => {
    const kickoff = Array.from({ length: 20 }, () => message(Array.from({ length: 1_000 }, () => 'b')));
    const extensions = keyed(64, { encoding: 'text', text: 'x' });
    expect(parse({ extensions, metadata: sized(65_536) }, kickoff)).toMatchObject({ kickoff, session: { extensions } });
    expect(() => parse({}, [{ to: 'b' }, null as never])).toThrow(/^kickoff\.0\.from: /);
    expect(() => parse({ extensions: null })).toThrow(/^session\.extensions: /);
  });

  it('takes no more metadata than a list of runs can show', () => {
    expect(() => parse({ metadata: sized(65_537) })).toThrow(
      /^session.metadata: must not be longer than 65536 characters as JSON$/,
    );
    const participants = Array.from({ length: 5 }, (_, index) => ({ id: `p${index}`, metadata: sized(60_000) }));
    expect(() => parse({ participants })).toThrow(
      /^session.participants: must not be longer than 262144 characters as JSON$/,
    );
    expect(parse({ participants: participants.slice(1) })).toMatchObject({ session: { participants: { length: 4 } } });
  });
});
