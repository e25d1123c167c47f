import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RuntimeCredentials, type RuntimeCredentialsConfig } from './credentials.js';

function credentials(config: Partial<RuntimeCredentialsConfig>): RuntimeCredentials {
  return new RuntimeCredentials({ devIdentity: false, tokens: new Map(), serviceIdentity: 'control-plane', ...config });
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return `${String(error)} ${JSON.stringify(error)} ${inspect(error)}`;
  }
  throw new Error('nothing was thrown');
}

describe('RuntimeCredentials', () => {
  it('prefers a participant’s own token, also in development', () => {
    const known = credentials({ devIdentity: true, tokens: new Map([['alice', 'secret-a']]) });
    expect(known.tokenFor('alice')).toBe('secret-a');
    expect(known.tokenFor('bob')).toBe('bob');
    expect(known.tokenFor(undefined)).toBe('control-plane');
  });

  it('gives the control plane its service token, whether it is named or not', () => {
    const known = credentials({ serviceToken: 'secret-s' });
    expect(known.tokenFor(undefined)).toBe('secret-s');
    expect(known.tokenFor('control-plane')).toBe('secret-s');
    expect(credentials({ tokens: new Map([['control-plane', 'mapped']]), serviceToken: 'x' }).tokenFor(undefined)).toBe(
      'mapped',
    );
  });

  it('does not lend the service token to participants', () => {
    const known = credentials({ serviceToken: 'secret-s', tokens: new Map([['alice', 'secret-a']]) });
    expect(known.findToken('bob')).toBeUndefined();
    expect(() => known.tokenFor('bob')).toThrow(
      expect.objectContaining({ code: 'CREDENTIALS_MISSING', details: { participantId: 'bob' } }),
    );
    expect(messageOf(() => known.tokenFor('bob'))).not.toMatch(/secret/);
    expect(() => credentials({}).tokenFor(undefined)).toThrow(expect.objectContaining({ code: 'CREDENTIALS_MISSING' }));
  });

  it('shows no token to whoever prints it', () => {
    const known = credentials({ serviceToken: 'secret-s', tokens: new Map([['alice', 'secret-a']]) });
    const shown = [
      String(known),
      JSON.stringify({ known }),
      inspect(known, { showHidden: true, depth: 9 }),
      inspect({ known }),
    ];
    expect(shown.join(' ')).not.toMatch(/secret/);
    expect(JSON.stringify({ known })).toBe('{"known":"[credentials]"}');
  });

  it('refuses tokens that a header cannot carry, without repeating them', () => {
    for (const bad of ['', ' secret', 'secret ', 'sec\nret', 'sécret']) {
      const message = messageOf(() => credentials({ tokens: new Map([['alice', bad]]) }));
      expect(message).toContain("'alice'");
      if (bad !== '') expect(message).not.toContain(bad.trim());
      expect(() => credentials({ serviceToken: bad })).toThrow();
    }
  });

  it('cannot speak for a participant whose id is no token, even in development', () => {
    expect(credentials({ devIdentity: true }).findToken('agent://naïve')).toBeUndefined();
    expect(credentials({ devIdentity: true }).findToken('agent://plain')).toBe('agent://plain');
  });
});
