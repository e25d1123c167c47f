import { status as grpc } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { isRetryable, reasonsOf, statusName, toAppError, type RpcFailure, type RpcSubject } from './grpc-status.js';
import { HistoryUnavailableError } from './history.js';

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

function errorOf(failure: Partial<RpcFailure> & { status: number }, subject: RpcSubject = 'resource'): AppError {
  return toAppError({ text: '', ...failure }, 'Rpc', subject);
}

describe('toAppError', () => {
  it('knows every status of gRPC by its name', () => {
    const names = Object.keys(grpc).filter((key) => Number.isNaN(Number(key)));
    expect(names.map((name) => statusName(grpc[name as keyof typeof grpc]))).toEqual(names);
    expect(errorOf({ status: 99 })).toMatchObject({ code: 'RUNTIME_ERROR', details: { grpcStatus: 'UNKNOWN' } });
  });

  it.each([
    [grpc.UNAVAILABLE, 'RUNTIME_UNAVAILABLE', true],
    [grpc.DEADLINE_EXCEEDED, 'RUNTIME_TIMEOUT', true],
    [grpc.RESOURCE_EXHAUSTED, 'RATE_LIMITED', true],
    [grpc.INTERNAL, 'RUNTIME_ERROR', true],
    [grpc.UNIMPLEMENTED, 'RUNTIME_UNIMPLEMENTED', false],
    [grpc.UNAUTHENTICATED, 'RUNTIME_CREDENTIALS_REFUSED', false],
    [grpc.PERMISSION_DENIED, 'FORBIDDEN', false],
    [grpc.NOT_FOUND, 'RESOURCE_NOT_FOUND', false],
    [grpc.OUT_OF_RANGE, 'PAYLOAD_TOO_LARGE', false],
    [grpc.INVALID_ARGUMENT, 'RUNTIME_ERROR', false],
  ] as const)('status %i becomes %s', (status, code, retryable) => {
    const error = errorOf({ status, text: 'whatever the server says' });
    expect(error).toMatchObject({ code, details: { grpcStatus: statusName(status), retryable } });
    expect(isRetryable(error)).toBe(retryable);
    expect(error.message).toContain('whatever the server says');
  });

  it('takes NOT_FOUND of a call about a session for a missing session', () => {
    expect(errorOf({ status: grpc.NOT_FOUND }, 'session').code).toBe('SESSION_NOT_FOUND');
    expect(errorOf({ status: grpc.NOT_FOUND }, 'subscription').code).toBe('SESSION_NOT_FOUND');
  });

  it('takes exhaustion of a message for its size, since rates are told in the ack', () => {
    const tooLarge = errorOf({ status: grpc.RESOURCE_EXHAUSTED }, 'message');
    expect(tooLarge).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', details: { retryable: false } });
    const limited = errorOf({ status: grpc.RESOURCE_EXHAUSTED, runtimeCode: 'RATE_LIMITED' }, 'message');
    expect(limited).toMatchObject({ code: 'RATE_LIMITED', details: { retryable: true } });
  });

  it('prefers the registry code over the status, and keeps codes it has no word for', () => {
    const failure = { status: grpc.FAILED_PRECONDITION, runtimeCode: 'UNKNOWN_POLICY_VERSION' };
    expect(errorOf(failure)).toMatchObject({ code: 'UNKNOWN_POLICY_VERSION' });
    const lagged = errorOf({ status: grpc.RESOURCE_EXHAUSTED, runtimeCode: 'STREAM_LAGGED' }, 'subscription');
    expect(lagged).toMatchObject({ code: 'RATE_LIMITED', details: { runtimeCode: 'STREAM_LAGGED', retryable: true } });
  });

  it('gives the reasons of a denial', () => {
    const errorDetails = json({ reasons: ['no votes', 7, 'x'.repeat(2_000)], denials: [{ code: 'no_votes' }] });
    const error = errorOf({ status: grpc.FAILED_PRECONDITION, runtimeCode: 'POLICY_DENIED', errorDetails });
    expect(error).toMatchObject({ code: 'POLICY_DENIED', details: { reasons: ['no votes', `${'x'.repeat(1_000)}…`] } });
    expect(reasonsOf(json({ reasons: Array.from({ length: 80 }, () => 'r') }))).toHaveLength(50);
    for (const odd of [undefined, new Uint8Array(), new Uint8Array([255]), json([]), json({ reasons: 'no' })]) {
      expect(reasonsOf(odd)).toEqual([]);
    }
  });

  it('bounds and cleans what the server says', () => {
    const { message } = errorOf({ status: grpc.INTERNAL, text: `\0${'y'.repeat(5_000)}` });
    expect(message.length).toBeLessThan(400);
    expect(message).not.toContain('\0');
  });
});

describe('lost history', () => {
  it('is told by its code, with the ordinal from which it is still there', () => {
    const error = errorOf(
      {
        status: grpc.FAILED_PRECONDITION,
        runtimeCode: 'HISTORY_UNAVAILABLE',
        errorDetails: json({ lowest_available_sequence: 7 }),
      },
      'subscription',
    );
    expect(error).toBeInstanceOf(HistoryUnavailableError);
    expect(error).toMatchObject({
      code: 'RUNTIME_ERROR',
      lowestOrdinal: 7,
      details: { reason: 'HISTORY_UNAVAILABLE', lowestOrdinal: 7, retryable: false, grpcStatus: 'FAILED_PRECONDITION' },
    });
  });

  it('is what a bare FAILED_PRECONDITION of a subscription means, and of nothing else', () => {
    const bare = { status: grpc.FAILED_PRECONDITION };
    expect(errorOf(bare, 'subscription')).toBeInstanceOf(HistoryUnavailableError);
    expect(errorOf(bare, 'subscription')).toMatchObject({ lowestOrdinal: undefined });
    expect(errorOf(bare, 'session').code).toBe('CONFLICT');
    expect(errorOf({ ...bare, runtimeCode: 'SESSION_NOT_OPEN' }, 'subscription').code).toBe('SESSION_NOT_OPEN');
  });
});
