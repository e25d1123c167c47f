import { expect } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../../src/errors/codes.js';

/** An answer as it came, before anybody makes sense of it. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function ask(url: string, init: RequestInit = {}): Promise<RawAnswer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(15_000), ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Fails unless the answer is an error of the one shape, with the status its code has in the table. */
export function expectError(answer: Pick<RawAnswer, 'status' | 'text'>, code?: ErrorCode): ErrorCode {
  const body = JSON.parse(answer.text) as Readonly<Record<string, unknown>>;
  const { statusCode, errorCode, message, details, traceId, ...rest } = body;
  expect(rest).toEqual({});
  expect(statusCode).toBe(answer.status);
  expect(Object.keys(ERROR_CODES)).toContain(errorCode);
  expect(ERROR_CODES[errorCode as ErrorCode].status).toBe(answer.status);
  expect(typeof message).toBe('string');
  expect((message as string).length).toBeLessThan(1_000);
  if (details !== undefined) expect(details).toBeTypeOf('object');
  if (traceId !== undefined) expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  if (code !== undefined) expect(errorCode).toBe(code);
  return errorCode as ErrorCode;
}
