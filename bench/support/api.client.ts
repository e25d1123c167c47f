import { Agent, request } from 'node:http';
import { now } from './clock.js';
import { percentile } from './statistics.js';

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** When the last byte was there, by `now()`. */
  readonly at: number;
}

const FLOOR_QUESTIONS = 300;
/** Sockets kept open to the service. */
const SOCKETS_MAX = 64;

/** The service's HTTP API over kept connections, with as little of a client as possible between it and the clock. */
export class Api {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });

  constructor(
    readonly url: string,
    private readonly signal: AbortSignal,
  ) {}

  /** The body of an answer of the 2xx kind; any other is an error with the service's own words. */
  async get<T>(path: string): Promise<T> {
    const { text } = await this.ask('GET', path);
    return JSON.parse(text) as T;
  }

  async post<T>(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const { text } = await this.ask('POST', path, JSON.stringify(body), headers);
    return JSON.parse(text) as T;
  }

  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const answer = await this.exchange(method, path, body, headers);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  }

  /** The p99 of an answer that needs nothing but this process: what of any other answer is HTTP, client and machine. */
  async floor(): Promise<number> {
    const times: number[] = [];
    for (let index = 0; index < FLOOR_QUESTIONS; index += 1) {
      const began = now();
      const { at } = await this.ask('GET', '/healthz');
      times.push(at - began);
    }
    return percentile(times, 0.99);
  }

  close(): void {
    this.agent.destroy();
  }

  private exchange(
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const sent = body === undefined ? headers : { ...headers, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.agent, headers: sent, signal: this.signal };
      const outgoing = request(`${this.url}${path}`, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), at: now() });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}
