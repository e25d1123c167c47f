import { expect, it } from 'vitest';
import type { RuntimeAck } from '../runtime/runtime-provider.interface.js';
import { toAppError } from './refusal.js';

const refusal = (errorCode: string | undefined): RuntimeAck => ({
  ok: false,
  duplicate: false,
  messageId: 'm',
  sessionId: 's',
  acceptedAtUnixMs: 0,
  sessionState: 'SESSION_STATE_OPEN',
  ...(errorCode === undefined ? {} : { errorCode }),
  reasons: [],
});

it.each([
  ['FORBIDDEN', 'FORBIDDEN'],
  ['RATE_LIMITED', 'RATE_LIMITED'],
  // Its storage failed: not the caller's fault, and no matter of how often they ask.
  ['INTERNAL_ERROR', 'RUNTIME_ERROR'],
  ['UNAUTHENTICATED', 'RUNTIME_CREDENTIALS_REFUSED'],
  ['INVALID_ENVELOPE', 'MESSAGE_REJECTED'],
  [undefined, 'MESSAGE_REJECTED'],
])('the refusal %s answers with %s', (runtimeCode, code) => {
  const error = toAppError(refusal(runtimeCode), 'No');
  expect(error).toMatchObject({ code, details: { runtimeCode: runtimeCode ?? 'UNKNOWN' } });
  const mayPass = ['RATE_LIMITED', 'INTERNAL_ERROR'].includes(runtimeCode ?? '');
  expect(error.details?.['retryable']).toBe(mayPass ? true : undefined);
});
