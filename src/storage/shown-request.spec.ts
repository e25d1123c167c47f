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
    const shown = shownRequest(request, []);
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
    const shown = shownRequest(requestWith({ cancelCallback: { url: 'http://me:secret@a:80/b?c=d', more: 1 } }), []);
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
    expect(shownRequest(request, [])).toBe(request);
  });

  const SAID = 'sesame';
  const json = { encoding: 'json', json: { prompt: SAID, other: 'kept' } } as const;
  const withheld = {
    text: { encoding: 'text', text: SAID },
    bytes: { encoding: 'base64', base64: Buffer.from(SAID).toString('base64') },
    list: { encoding: 'json', json: [{ prompt: SAID }] },
    value: { encoding: 'proto', proto: { typeName: 'T', value: { deep: [{ prompt: SAID }] } } },
  } as const;
  const message = { from: 'a', to: [], kind: 'context', messageType: 'M' } as const;
  const spoken: ExecutionRequest = {
    ...requestWith(undefined),
    session: { ...requestWith(undefined).session, intent: SAID, context: json.json, extensions: { json, ...withheld } },
    kickoff: [
      { ...message, payload: { prompt: SAID, other: 'kept' } },
      { ...message, payloadEnvelope: json },
      ...Object.values(withheld).map((payloadEnvelope) => ({ ...message, payloadEnvelope })),
    ],
  };

  it('says what is redacted in no form of a payload, and the rest as it was', () => {
    const shown = shownRequest(spoken, ['prompt', 'intent']);
    expect(JSON.stringify(shown)).not.toContain(SAID);
    expect(JSON.stringify(shown)).not.toContain(withheld.bytes.base64);
    expect(shown.kickoff?.[0]).toEqual({ ...message, payload: { prompt: '[redacted]', other: 'kept' } });
    expect(shown.session).toMatchObject({
      intent: '[redacted]',
      context: { prompt: '[redacted]', other: 'kept' },
      extensions: { json: { encoding: 'json', json: { prompt: '[redacted]', other: 'kept' } } },
      participants: [{ id: 'a' }],
    });
    expect(JSON.stringify(spoken)).toContain(SAID);
  });

  it.each([
    ['payload.prompt', 'kickoff'],
    ['extensions.context.prompt', 'context'],
    ['extensions.json.prompt', 'json'],
    ['extensions.json', 'json'],
    ['extensions', 'context'],
  ])('takes the path %s as the events do: from the payload down', (path, where) => {
    const { session, kickoff } = shownRequest(spoken, [path]);
    const parts = { kickoff: kickoff?.slice(0, 2), context: session.context, json: session.extensions?.['json'] };
    for (const [name, part] of Object.entries(parts)) {
      const isHidden = name === where || (path === 'extensions' && name === 'json');
      expect(JSON.stringify(part).includes(SAID), name).toBe(!isHidden);
    }
  });

  it('is redacted in lists too, where it has no kickoff', () => {
    const { kickoff: _kickoff, ...listed } = spoken;
    expect(shownRequest(listed, ['intent'])).toMatchObject({ session: { intent: '[redacted]' } });
  });
});
