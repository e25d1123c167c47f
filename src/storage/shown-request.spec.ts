import { describe, expect, it } from 'vitest';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { JsonObject } from '../contracts/json.js';
import { shownRequest } from './shown-request.js';

function requestWith(metadata: JsonObject | undefined): ExecutionRequest {
  const versions = { modeName: 'm', modeVersion: '1', configurationVersion: 'c', ttlMs: 1 };
  return {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: { ...versions, participants: [{ id: 'a' }], ...(metadata === undefined ? {} : { metadata }) },
    kickoff: [],
    execution: {},
  };
}

describe('a request as it is shown', () => {
  it('lacks the bearer of its callback and nothing else', () => {
    const request = requestWith({ runLabel: 'x', cancelCallback: { url: 'http://a/', bearer: 'secret', more: 1 } });
    const shown = shownRequest(request);
    expect(shown.session.metadata).toEqual({
      runLabel: 'x',
      cancelCallback: { url: 'http://a/', bearer: '[redacted]', more: 1 },
    });
    expect(JSON.stringify(request)).toContain('secret');
    expect({ ...shown, session: { ...shown.session, metadata: undefined } }).toEqual({
      ...request,
      session: { ...request.session, metadata: undefined },
    });
  });

  it('lacks the credentials in the URL of its callback', () => {
    const shown = shownRequest(requestWith({ cancelCallback: { url: 'http://me:secret@a:80/b?c=d', more: 1 } }));
    expect(shown.session.metadata).toEqual({ cancelCallback: { url: 'http://a/b?c=d', more: 1 } });
  });

  it.each([
    undefined,
    {},
    { cancelCallback: { url: 'me:secret@a' } },
    { cancelCallback: { url: 'http://a/' } },
    { cancelCallback: 'x' },
    { cancelCallback: [1] },
  ])('is what it was when there is none: %j', (metadata) => {
    const request = requestWith(metadata);
    expect(shownRequest(request)).toBe(request);
  });
});
