import { describe, expect, it } from 'vitest';
import { AppError } from './app-error.js';
import { ERROR_CODES } from './codes.js';
import { errorsDocument } from './errors-document.js';
import { gate, retryAfterSeconds, toErrorBody } from './gate.js';

const withCode = (code: string) => Object.assign(new Error('secret: select * from runs'), { code });

describe('gate', () => {
  it('lets an AppError through', () => {
    const error = new AppError('RUN_NOT_FOUND', 'x');
    expect(gate(error)).toBe(error);
    expect(gate(error, 400)).toBe(error);
  });

  it.each([
    [400, 'MALFORMED_REQUEST'],
    [404, 'ROUTE_NOT_FOUND'],
    [408, 'REQUEST_TIMEOUT'],
    [412, 'PRECONDITION_FAILED'],
    [413, 'PAYLOAD_TOO_LARGE'],
    [414, 'URI_TOO_LONG'],
    [415, 'UNSUPPORTED_MEDIA_TYPE'],
    [418, 'MALFORMED_REQUEST'],
    [431, 'HEADERS_TOO_LARGE'],
    [500, 'INTERNAL_ERROR'],
    [502, 'INTERNAL_ERROR'],
    [undefined, 'INTERNAL_ERROR'],
  ])('status %s of the framework is %s', (status, code) => {
    expect(gate(new Error('x'), status).code).toBe(code);
  });

  it.each(['22P02', 'ECONNRESET', 'ERR_ASSERTION'])(
    '%s tells nothing here: what has no AppError is a defect, and its words stay here',
    (code) => {
      const error = gate(withCode(code));
      expect(error.code).toBe('INTERNAL_ERROR');
      expect(JSON.stringify(toErrorBody(error, 'a'))).not.toContain('select');
    },
  );

  it.each([undefined, null, 'text', 7, Object.create(null)])('takes %s too', (thrown) => {
    expect(gate(thrown).code).toBe('INTERNAL_ERROR');
  });
});

describe('errorsDocument', () => {
  it('has a row for every code', () => {
    const page = errorsDocument();
    for (const code of Object.keys(ERROR_CODES)) expect(page).toContain(`\`${code}\``);
  });
});

it('invites nobody to ask again for what would be done twice', () => {
  const away = (details?: { retryable: boolean }) => new AppError('DATABASE_UNAVAILABLE', 'x', details);
  expect(retryAfterSeconds(away())).toBe(5);
  expect(retryAfterSeconds(away({ retryable: true }))).toBe(5);
  expect(retryAfterSeconds(away({ retryable: false }))).toBeUndefined();
});
