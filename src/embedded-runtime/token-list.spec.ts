import { describe, expect, it } from 'vitest';
import { createAuthenticator } from './identity.js';
import { parseTokenList } from './token-list.js';

describe('the token list', () => {
  it('is a list, or an object that holds one', () => {
    const entry = { token: 't', sender: 's', is_observer: true };
    expect(parseTokenList(JSON.stringify([entry]))).toEqual([entry]);
    expect(parseTokenList(JSON.stringify({ tokens: [entry] }))).toEqual([entry]);
  });

  it.each([
    'not json',
    '{}',
    '[{"token":"t"}]',
    '[{"token":"with.dot","sender":"s"}]',
    '[{"token":"t","sender":"s","observer":true}]',
    '[{"token":"t","sender":"s"},{"token":"t","sender":"r"}]',
    '[{"token":"t","sender":"s","max_open_sessions":-1}]',
  ])('is not %s', (text) => expect(() => parseTokenList(text)).toThrow());
});

describe('an identity', () => {
  it('has the documented defaults', () => {
    const doors = createAuthenticator([{ token: 't', sender: 's', allowed_modes: [] }], true);
    expect(doors.identify({ token: 't' })).toEqual({
      sender: 's',
      canStartSessions: true,
      canManageModeRegistry: false,
      isObserver: false,
    });
    expect(doors.identify({ authorization: 'Bearer agent://x' })).toEqual({
      sender: 'agent://x',
      canStartSessions: true,
      canManageModeRegistry: true,
      isObserver: false,
    });
  });
});
