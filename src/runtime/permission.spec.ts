import { describe, expect, it } from 'vitest';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/codes.js';
import * as core from '../gen/macp/v1/core_pb.js';
import { explained, missingCredentials } from './permission.js';

/** The calls that the protocol lets anybody make. */
const OPEN_CALLS = [
  'Initialize',
  'GetManifest',
  'ListModes',
  'ListExtModes',
  'ListRoots',
  'WatchModeRegistry',
  'WatchRoots',
] as const;

function told(code: ErrorCode, call: string, participant?: string): AppError {
  const error = explained(new AppError(code, 'no', { grpcStatus: 'X' }), call, { participant, own: 'control-plane' });
  if (error instanceof AppError) return error;
  throw new Error('not an AppError');
}

describe('an error for want of rights', () => {
  it.each(Object.values(core.MACPRuntimeService.method).map(({ name }) => name))('says what %s needs', (call) => {
    const error = told('FORBIDDEN', call);
    if (OPEN_CALLS.some((open) => open === call)) {
      expect(error.message).toBe('no');
      return;
    }
    expect(error.code).toBe('FORBIDDEN');
    expect(error.message).toContain(call);
    expect(error.message).toContain("'control-plane'");
    expect(error.details).toMatchObject({ grpcStatus: 'X', call, identity: 'control-plane' });
    expect(error.details?.['configure']).not.toEqual([]);
  });

  it('names the participant in whose name the call was made, and where its token is configured', () => {
    const { message, details } = told('CREDENTIALS_MISSING', 'CancelSession', 'agent://lead');
    expect(message).toMatch(/^CancelSession needs .*; there is no token here for 'agent:\/\/lead'\. .*RUNTIME_TOKENS/);
    expect(details).toMatchObject({ identity: 'agent://lead' });
    expect(details?.['configure']).toContain('RUNTIME_TOKENS_FILE');
  });

  it('names the permission where it is one', () => {
    expect(told('FORBIDDEN', 'RegisterPolicy').message).toMatch(/can_manage_mode_registry/);
    expect(told('FORBIDDEN', 'RegisterPolicy').details?.['configure']).toContain('MACP_AUTH_TOKEN_CAN_MANAGE_REGISTRY');
    expect(told('RUNTIME_CREDENTIALS_REFUSED', 'GetSession').details).toMatchObject({ permission: 'is_observer' });
    expect(told('FORBIDDEN', 'CancelSession').details).not.toHaveProperty('permission');
  });

  it('does not advise another token of ours where none could help', () => {
    expect(told('FORBIDDEN', 'CancelSession').details?.['configure']).not.toContain('RUNTIME_SERVICE_TOKEN');
    expect(told('CREDENTIALS_MISSING', 'CancelSession').details?.['configure']).toContain('RUNTIME_SERVICE_TOKEN');
  });

  it('of any other kind stays as it is', () => {
    const other = new AppError('RUNTIME_UNAVAILABLE', 'away');
    expect(explained(other, 'GetSession', { participant: undefined, own: 'x' })).toBe(other);
    const thrown = new Error('no AppError');
    expect(explained(thrown, 'GetSession', { participant: undefined, own: 'x' })).toBe(thrown);
  });

  it('can be told before the call', () => {
    expect(missingCredentials('Send', { participant: 'agent://bob', own: 'control-plane' })).toMatchObject({
      code: 'CREDENTIALS_MISSING',
      details: { participantId: 'agent://bob', call: 'Send', identity: 'agent://bob' },
    });
  });
});
