import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../contracts/json.js';
import type { Run } from '../contracts/run.js';
import { AppError } from '../errors/app-error.js';
import { newRun } from '../storage/run-row.js';
import { cancelFailure, cancelTermsOf, isWantOfRights, type CancelAttempt } from './cancel-route.js';

function runWith(metadata: JsonObject | undefined): Run {
  return newRun({
    id: 'run' as Run['id'],
    sessionId: 'session' as Run['sessionId'],
    request: {
      mode: 'live',
      runtime: { kind: 'rust' },
      session: {
        modeName: 'm',
        modeVersion: '1',
        configurationVersion: 'c',
        ttlMs: 1,
        participants: [{ id: 'a' }],
        metadata,
      },
      kickoff: [],
      execution: {},
    },
    fingerprint: 'f',
    tags: [],
    traceId: 't',
    executionMode: 'observer',
    origin: 'request',
    runtimeKind: 'rust',
    modeName: 'm',
    createdAt: '2026-01-01T00:00:00.000Z' as Run['createdAt'],
  });
}

describe('the terms of cancelling an observed run', () => {
  it.each([
    [undefined, { callback: undefined, delegated: undefined }],
    [{}, { callback: undefined, delegated: undefined }],
    [
      { cancelCallback: null, cancellationDelegated: 'yes' },
      { callback: undefined, delegated: undefined },
    ],
    [{ cancellationDelegated: false }, { callback: undefined, delegated: false }],
    [{ cancelCallback: { url: 'http://a/' } }, { callback: { url: 'http://a/' }, delegated: undefined }],
    [{ cancelCallback: { url: 'u', bearer: null } }, { callback: { url: 'u' }, delegated: undefined }],
    [
      { cancelCallback: { url: 'u', bearer: 'b' }, cancellationDelegated: true },
      { callback: { url: 'u', bearer: 'b' }, delegated: true },
    ],
    [{ cancelCallback: 'http://a/' }, { callback: 'invalid', delegated: undefined }],
    [{ cancelCallback: ['http://a/'] }, { callback: 'invalid', delegated: undefined }],
    [{ cancelCallback: { url: 17 } }, { callback: 'invalid', delegated: undefined }],
    [{ cancelCallback: { url: 'u', bearer: 'a\r\nb: c' } }, { callback: 'invalid', delegated: undefined }],
    [{ cancelCallback: { url: 'u', bearer: 17 } }, { callback: 'invalid', delegated: undefined }],
  ])('in %j', (metadata, terms) => expect(cancelTermsOf(runWith(metadata))).toEqual(terms));
});

describe('a cancellation that did not come about', () => {
  const run = runWith({});
  const forbidden: CancelAttempt = {
    via: 'runtime',
    identity: 'the control plane',
    error: new AppError('FORBIDDEN', 'The runtime does not let us.', { call: 'CancelSession' }),
  };

  it.each([
    [{ outcome: 'accepted', httpStatus: 202 }, 'CANCEL_UNCONFIRMED'],
    [{ outcome: 'declined', httpStatus: 409 }, 'CANCEL_CALLBACK_FAILED'],
    [{ outcome: 'unanswered', problem: 'TIMEOUT' }, 'CANCEL_CALLBACK_FAILED'],
    [{ outcome: 'blocked', refusal: 'HOST_NOT_ALLOWED', host: 'a' }, 'CANCEL_CALLBACK_BLOCKED'],
    [{ outcome: 'blocked', refusal: 'ADDRESS_NOT_ALLOWED', host: 'a' }, 'CANCEL_CALLBACK_BLOCKED'],
    [{ outcome: 'blocked', refusal: 'CALLBACK_INVALID' }, 'CANCEL_CALLBACK_BLOCKED'],
  ] as const)('after %j is %s, whatever the runtime said', (answer, code) => {
    const error = cancelFailure(run, [{ via: 'cancelCallback', ...answer }, forbidden]);
    expect(error).toMatchObject({
      code,
      details: {
        runId: 'run',
        attempts: [
          { via: 'cancelCallback', ...answer },
          { via: 'runtime', identity: 'the control plane', outcome: 'FORBIDDEN' },
        ],
      },
    });
  });

  it('for want of a callback says why the runtime refused, and what would help', () => {
    const error = cancelFailure(run, [forbidden]);
    expect(error).toMatchObject({
      code: 'CANCEL_NOT_DELEGATED',
      details: { call: 'CancelSession', attempts: [{ outcome: 'FORBIDDEN' }] },
    });
    expect(error.message).toContain('The runtime does not let us.');
    expect(cancelFailure(run, []).message).toContain('cancellationDelegated: false');
  });

  it('says why the last identity that was tried was refused', () => {
    const initiator = new AppError('CREDENTIALS_MISSING', 'No token of the initiator is configured.');
    const error = cancelFailure(run, [forbidden, { via: 'runtime', identity: 'alice', error: initiator }]);
    expect(error.message).toContain('No token of the initiator is configured.');
    expect(error.message).not.toContain('The runtime does not let us.');
    expect(error.cause).toBe(initiator);
  });

  it('for other reasons than rights is no reason to try another way', () => {
    for (const code of ['FORBIDDEN', 'CREDENTIALS_MISSING', 'POLICY_DENIED'] as const) {
      expect(isWantOfRights(new AppError(code, ''))).toBe(true);
    }
    expect(isWantOfRights(new AppError('RUNTIME_UNAVAILABLE', ''))).toBe(false);
    expect(isWantOfRights(new Error('FORBIDDEN'))).toBe(false);
  });
});
