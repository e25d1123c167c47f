import { describe, expect, it } from 'vitest';
import { faultOf, isTransient, violatedUnique } from './sqlstate.js';

function serverError(code: string, constraint?: string): Error {
  return Object.assign(new Error('server'), { code, severity: 'ERROR', constraint });
}

describe('what the server answered', () => {
  it.each(['08006', '40001', '40P01', '53300', '57014', '57P01', '58030', '55P03', '25P03', '25006'])(
    '%s may work when tried again',
    (code) => expect(isTransient(faultOf(serverError(code))!)).toBe(true),
  );

  it.each(['23505', '22P02', '42601', '54001', '25001', '0A000'])('%s will not', (code) =>
    expect(isTransient(faultOf(serverError(code))!)).toBe(false),
  );

  it('is found below other errors', () => {
    const wrapped = new Error('outer', { cause: new Error('inner', { cause: serverError('23505', 'runs_pkey') }) });
    expect(violatedUnique(wrapped)).toBe('runs_pkey');
  });

  it('is nothing when the server did not answer', () => {
    expect(faultOf(Object.assign(new Error('socket'), { code: 'EPIPE' }))).toBeUndefined();
    expect(faultOf(new Error('timeout'))).toBeUndefined();
    expect(faultOf('text')).toBeUndefined();
    const endless = new Error('loop');
    endless.cause = endless;
    expect(faultOf(endless)).toBeUndefined();
  });
});
