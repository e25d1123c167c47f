import { expect } from 'vitest';
import { answerFaults, type ConsoleAnswer } from './console-answers.js';

/** What the console's proxy adds to or hands on with every request, whatever its method. */
const PROXY_HEADERS = {
  accept: '*/*',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'content-type': 'application/json',
  origin: 'https://console.example.com',
  referer: 'https://console.example.com/runs',
  cookie: 'theme=dark',
  'sec-fetch-mode': 'cors',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-host': 'console.example.com',
  'x-forwarded-proto': 'https',
} as const;

/** Matchers whose type is not `any`. */
export const anyText: unknown = expect.any(String);
export const anyNumber: unknown = expect.any(Number);

const ANSWER_MS_MAX = 20_000;

export interface ConsoleReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The public web console, as its proxy speaks: the same headers always, bodies as text, no redirect followed. */
export class ConsoleClient {
  constructor(private readonly url: () => string) {}

  /** `body` undefined: an empty body where the method has one. */
  async send(method: string, path: string, body?: unknown): Promise<ConsoleReply> {
    const text = method === 'GET' || method === 'DELETE' ? undefined : body === undefined ? '' : JSON.stringify(body);
    const response = await fetch(`${this.url()}${path}`, {
      method,
      headers: PROXY_HEADERS,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      ...(text === undefined ? {} : { body: text }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** The answer, of status 2xx and of the shape that the console reads. */
  async read<T = unknown>(shape: ConsoleAnswer, path: string): Promise<T> {
    return this.expect<T>(shape, 'GET', path);
  }

  async post<T = unknown>(shape: ConsoleAnswer, path: string, body?: unknown): Promise<T> {
    return this.expect<T>(shape, 'POST', path, body);
  }

  private async expect<T>(shape: ConsoleAnswer, method: string, path: string, body?: unknown): Promise<T> {
    const { status, headers, text } = await this.send(method, path, body);
    expect([method, path, status, status < 300 ? '' : text]).toEqual([method, path, status, '']);
    // The proxy keeps the length of a body that it has unpacked.
    expect(headers.get('content-encoding')).toBeNull();
    expect(headers.get('content-type')).toContain('application/json');
    const parsed: unknown = JSON.parse(text);
    expect([path, answerFaults(shape, parsed)]).toEqual([path, []]);
    // The caller names the shape that was just checked.
    return parsed as T;
  }

  /** The answer of a refusal: its status, and the text that the console shows as it is. */
  async refused(method: string, path: string, body?: unknown): Promise<{ status: number; errorCode: string }> {
    const { status, text } = await this.send(method, path, body);
    const parsed = JSON.parse(text) as { statusCode: number; errorCode: string; message: string };
    expect(status).toBeGreaterThanOrEqual(400);
    expect(parsed).toMatchObject({ statusCode: status, errorCode: anyText, message: anyText });
    expect(text.length).toBeLessThan(2_000);
    return { status, errorCode: parsed.errorCode };
  }
}
