import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parseNetwork, type CallbackRule } from '../config/callback-rule.js';
import { parseHostPattern } from '../config/host-pattern.js';
import type { PostSettings, Resolve } from '../calls/guarded-post.client.js';
import { CancelCallbackClient } from './cancel-callback.client.js';

const MESSAGE = { runId: 'run-1', sessionId: 'session-1', reason: 'enough' };
const TIMEOUT_MS = 10_000;
const SHORT_MS = 200;

interface Call {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function ruleOf(hosts: readonly string[], networks: readonly string[]): CallbackRule {
  return { hosts: hosts.map((host) => parseHostPattern(host)!), networks: networks.map((one) => parseNetwork(one)!) };
}

function clientOf(settings: Partial<PostSettings> = {}): CancelCallbackClient {
  const rule = ruleOf(['agent.example', '127.0.0.1'], ['127.0.0.0/8']);
  return new CancelCallbackClient({ rule, timeoutMs: TIMEOUT_MS, resolve: loopback, ...settings });
}

const loopback: Resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

/** An agent that listens; `calls` holds what reached it. */
async function agent(answer: (call: Call, response: ServerResponse) => void) {
  const calls: Call[] = [];
  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then((body) => {
      const { method, url, headers } = incoming;
      calls.push({ method, url, authorization: headers.authorization, body });
      answer(calls.at(-1)!, response);
    });
  });
  const port = await listen(server);
  return { port, calls, url: `http://agent.example:${port}/agent/cancel` };
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString());
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('calling the initiator back', () => {
  it('posts run, session and reason with the bearer it was given', async () => {
    const there = await agent((_, response) => response.writeHead(202).end('{"ok":true}'));
    const answer = await clientOf().tell({ url: there.url, bearer: 'secret' }, MESSAGE);
    expect(answer).toEqual({ outcome: 'accepted', httpStatus: 202 });
    expect(there.calls).toEqual([
      { method: 'POST', url: '/agent/cancel', authorization: 'Bearer secret', body: MESSAGE },
    ]);
  });

  it('sends no credentials when none were given', async () => {
    const there = await agent((_, response) => response.end());
    await clientOf().tell({ url: there.url }, MESSAGE);
    expect(there.calls[0]?.authorization).toBeUndefined();
  });

  it.each([400, 401, 404, 409, 500, 503])('tells a refusal with status %i as what it is', async (status) => {
    const there = await agent((_, response) => response.writeHead(status).end('no'));
    expect(await clientOf().tell({ url: there.url }, MESSAGE)).toEqual({ outcome: 'declined', httpStatus: status });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect with status %i', async (status) => {
    const elsewhere = await agent((_, response) => response.end());
    const there = await agent((_, response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${elsewhere.port}/` }).end(),
    );
    expect(await clientOf().tell({ url: there.url }, MESSAGE)).toEqual({ outcome: 'declined', httpStatus: status });
    expect(elsewhere.calls).toEqual([]);
  });
});

describe('an address that is not allowed', () => {
  it.each([
    ['a private one', [{ address: '10.0.0.1', family: 4 }]],
    ['loopback', [{ address: '127.0.0.1', family: 4 }]],
    ['loopback in IPv6', [{ address: '::1', family: 6 }]],
    ['loopback mapped into IPv6', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['the metadata service', [{ address: '169.254.169.254', family: 4 }]],
    [
      'a public one together with a private one',
      [
        { address: '8.8.8.8', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    ],
  ])('is not connected to when a listed name leads to it: %s', async (_, found) => {
    const there = await agent((_call, response) => response.end());
    const client = clientOf({ rule: ruleOf(['agent.example'], []), resolve: () => Promise.resolve(found) });
    const answer = await client.tell({ url: there.url }, MESSAGE);
    expect(answer).toEqual({ outcome: 'blocked', refusal: 'ADDRESS_NOT_ALLOWED', host: 'agent.example' });
    expect(there.calls).toEqual([]);
  });

  it('is judged by the very answer that is connected to, so a name that changes its meaning gains nothing', async () => {
    const there = await agent((_, response) => response.end());
    const answers = ['127.0.0.1', '127.0.0.2'];
    let asked = 0;
    const resolve: Resolve = () => Promise.resolve([{ address: answers[asked++ % 2]!, family: 4 }]);
    const client = clientOf({ rule: ruleOf(['agent.example'], ['127.0.0.1']), resolve });
    expect(await client.tell({ url: there.url }, MESSAGE)).toMatchObject({ outcome: 'accepted' });
    expect(asked).toBe(1);
    // The connection of the first call is not kept, so the second call is judged anew.
    expect(await client.tell({ url: there.url }, MESSAGE)).toMatchObject({ outcome: 'blocked' });
    expect([asked, there.calls.length]).toEqual([2, 1]);
  });

  it('is not connected to when the URL names it, which asks no resolver', async () => {
    const there = await agent((_, response) => response.end());
    const client = clientOf({
      rule: ruleOf(['127.0.0.1', '[::ffff:7f00:1]'], []),
      resolve: () => Promise.reject(new Error('asked')),
    });
    for (const host of ['127.0.0.1', '2130706433', '0177.0.0.1', '127.0.0.1.', '[::ffff:127.0.0.1]']) {
      const answer = await client.tell({ url: `http://${host}:${there.port}/` }, MESSAGE);
      expect(answer, host).toMatchObject({ outcome: 'blocked', refusal: 'ADDRESS_NOT_ALLOWED' });
    }
    expect(there.calls).toEqual([]);
  });

  it('is not reached through the system’s resolver either', async () => {
    const there = await agent((_, response) => response.end());
    const client = clientOf({ rule: ruleOf(['localhost'], []), resolve: undefined });
    const answer = await client.tell({ url: `http://localhost:${there.port}/` }, MESSAGE);
    expect(answer).toEqual({ outcome: 'blocked', refusal: 'ADDRESS_NOT_ALLOWED', host: 'localhost' });
    const open = clientOf({ rule: ruleOf(['localhost'], ['127.0.0.0/8', '::1']), resolve: undefined });
    expect(await open.tell({ url: `http://localhost:${there.port}/` }, MESSAGE)).toMatchObject({ outcome: 'accepted' });
  });

  it('and a host that is not listed is not even resolved', async () => {
    const client = clientOf({ resolve: () => Promise.reject(new Error('asked')) });
    const answer = await client.tell({ url: 'http://elsewhere.example/' }, MESSAGE);
    expect(answer).toEqual({ outcome: 'blocked', refusal: 'HOST_NOT_ALLOWED', host: 'elsewhere.example' });
  });
});

describe('an agent that does not answer', () => {
  it('in time is given up', async () => {
    const there = await agent(() => undefined);
    const client = clientOf({ timeoutMs: SHORT_MS });
    expect(await client.tell({ url: there.url }, MESSAGE)).toEqual({ outcome: 'unanswered', problem: 'TIMEOUT' });
    expect(there.calls.length).toBe(1);
  });

  it('because its name takes for ever is given up', async () => {
    const client = clientOf({ timeoutMs: SHORT_MS, resolve: () => new Promise(() => undefined) });
    const answer = await client.tell({ url: 'http://agent.example/' }, MESSAGE);
    expect(answer).toEqual({ outcome: 'unanswered', problem: 'TIMEOUT' });
  });

  it('because nobody is there, its name is unknown, or it speaks no HTTP', async () => {
    const nobody = createTcpServer();
    const port = await listen(nobody);
    closers.pop()?.();
    await once(nobody, 'close').catch(() => undefined);
    const unknown = clientOf({ resolve: () => Promise.reject(new Error('ENOTFOUND')) });
    const babble = await listen(createTcpServer((socket) => socket.on('error', () => undefined).end('hello?\r\n\r\n')));
    const none = { outcome: 'unanswered', problem: 'CONNECTION' };
    expect(await clientOf().tell({ url: `http://agent.example:${port}/` }, MESSAGE)).toEqual(none);
    expect(await unknown.tell({ url: 'http://agent.example/' }, MESSAGE)).toEqual(none);
    expect(
      await clientOf({ resolve: () => Promise.resolve([]) }).tell({ url: 'http://agent.example/' }, MESSAGE),
    ).toEqual(none);
    expect(await clientOf().tell({ url: `http://agent.example:${babble}/` }, MESSAGE)).toEqual(none);
  });

  it('is left at once when the caller goes', async () => {
    const gone = new AbortController();
    const there = await agent(() => gone.abort(new Error('gone')));
    await expect(clientOf().tell({ url: there.url }, MESSAGE, gone.signal)).rejects.toThrow('gone');
    await expect(clientOf().tell({ url: there.url }, MESSAGE, gone.signal)).rejects.toThrow('gone');
    expect(there.calls.length).toBe(1);
  });

  it('with an end is read no further than is bounded', async () => {
    let sent = 0;
    const there = await agent((_, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        sent += chunk.length;
        response.write(chunk, (error) => (error || response.destroyed ? undefined : more()));
      };
      more();
    });
    expect(await clientOf().tell({ url: there.url }, MESSAGE)).toEqual({ outcome: 'accepted', httpStatus: 200 });
    // What the kernel's buffers took is gone; an endless body would have gone on and on.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('with a header beyond the bound is no answer', async () => {
    const there = await agent((_, response) => response.writeHead(200, { 'x-long': 'a'.repeat(9_000) }).end());
    expect(await clientOf().tell({ url: there.url }, MESSAGE)).toMatchObject({ outcome: 'unanswered' });
  });
});
