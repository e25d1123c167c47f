import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What stands between the page and the service; change it at any time. */
export interface GateRules {
  /** Path that is taken off every request, as a reverse proxy does; anything else is 404. */
  prefix?: string;
  /** API requests without this bearer are 401. */
  bearer?: string;
  /** API requests whose path fits are 403. */
  forbidden?: RegExp;
  /** API requests whose path fits get a page instead, as from a proxy that wants one to sign in, or is alone. */
  page?: { readonly path: RegExp; readonly status: number };
  /** API requests whose path fits reach the service; its answer is lost. */
  lost?: RegExp;
}

const CONSOLE_FILE = /^\/(?:$|\?|assets\/|theme\.js|favicon\.svg)/;

/** A proxy that strips a prefix, asks for a bearer, forbids, shows pages of its own, loses answers, and cuts streams in the middle. */
export class Gate {
  private readonly streams = new Set<ServerResponse>();
  private readonly server = createServer((asked, answer) => this.pass(asked, answer));

  private constructor(
    private readonly target: () => string,
    readonly rules: GateRules,
  ) {}

  /** `target` is asked at each request: the service may have moved. */
  static async open(target: () => string, rules: GateRules = {}): Promise<Gate> {
    const gate = new Gate(target, rules);
    gate.server.listen(0, '127.0.0.1');
    await once(gate.server, 'listening');
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${this.rules.prefix ?? ''}`;
  }

  get openStreams(): number {
    return this.streams.size;
  }

  /** Breaks every event stream that is open, in the middle of whatever it was saying. Returns their number. */
  cut(): number {
    const count = this.streams.size;
    for (const stream of this.streams) stream.destroy();
    return count;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { prefix = '' } = this.rules;
    const url = asked.url ?? '/';
    if (!url.startsWith(`${prefix}/`)) {
      refuse(answer, 404, 'ROUTE_NOT_FOUND');
      return;
    }
    const path = url.slice(prefix.length);
    const isApi = !CONSOLE_FILE.test(path);
    const { bearer, forbidden, page } = this.rules;
    if (isApi && bearer !== undefined && asked.headers.authorization !== `Bearer ${bearer}`) {
      refuse(answer, 401, 'UNAUTHORIZED');
    } else if (isApi && forbidden?.test(path) === true) {
      refuse(answer, 403, 'FORBIDDEN');
    } else if (isApi && page?.path.test(path) === true) {
      answer.writeHead(page.status, { 'content-type': 'text/html; charset=utf-8' });
      answer.end('<!doctype html><title>Sign in</title><h1>Sign in</h1>');
    } else {
      this.forward(asked, path, answer);
    }
  }

  private forward(asked: IncomingMessage, path: string, answer: ServerResponse): void {
    const { method, headers } = asked;
    const isLost = this.rules.lost?.test(path) === true;
    const forwarded = request(new URL(path, this.target()), { method, headers }, (response) => {
      if (isLost) {
        answer.destroy();
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
        this.streams.add(answer);
        answer.once('close', () => this.streams.delete(answer));
      }
      response.pipe(answer);
      response.on('error', () => answer.destroy());
    });
    forwarded.on('error', () => answer.destroy());
    answer.once('close', () => forwarded.destroy());
    asked.pipe(forwarded);
  }
}

/** In the shape that the API's own errors have. */
function refuse(answer: ServerResponse, statusCode: number, errorCode: string): void {
  answer.writeHead(statusCode, { 'content-type': 'application/json; charset=utf-8' });
  answer.end(JSON.stringify({ statusCode, errorCode, message: `The gate of the test says ${statusCode}.` }));
}
