import { fork, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MACPRuntimeService } from '../../src/gen/macp/v1/core_pb.js';
import { TestClient } from './support/client.js';
import { until } from './support/until.js';
import { startPayload, statusOf, World } from './support/world.js';

// The process is tried as it is installed, compiled; `npm test` compiles first.
const MAIN = join(import.meta.dirname, '../../dist/src/embedded-runtime/main.js');
const { method } = MACPRuntimeService;

interface Started {
  readonly child: ChildProcess;
  readonly address: string;
  readonly said: () => string;
  readonly exit: Promise<number | null>;
}

describe.skipIf(!existsSync(MAIN))('the process', () => {
  let directory: string;
  const children = new Set<ChildProcess>();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'macp-process-'));
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
    rmSync(directory, { recursive: true, force: true });
  });

  async function start(...args: string[]): Promise<Started> {
    const child = fork(MAIN, ['--port', '0', ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    children.add(child);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    let address: string | undefined;
    child.on('message', (message: { type: string; address: string }) => {
      if (message.type === 'listening') address = message.address;
    });
    const exit = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
    return { child, address: await until('the address', () => address), said: () => said, exit };
  }

  it('tells its parent where it listens, shows what it serves, and drains on SIGTERM', async () => {
    const { child, address, said, exit } = await start();
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(said()).toContain(address);
    const client = new TestClient(address);
    const answer = await client.call(method.initialize, undefined, { supportedProtocolVersions: ['1.0'] });
    expect(answer.runtimeInfo?.name).toBe('macp-embedded-runtime');
    const stream = client.watch(method.watchSessions, 'a', {});
    const ended = new Promise((resolve) => stream.on('error', resolve));
    stream.on('data', () => undefined);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 14 });
    expect(await exit).toBe(0);
    client.close();
  });

  it('ends with its parent', async () => {
    const { child, exit } = await start();
    child.disconnect();
    expect(await exit).toBe(0);
  });

  it('survives kill -9 with everything it has acknowledged', async () => {
    const first = await start('--data-dir', directory);
    const client = new TestClient(first.address);
    const sessionId = 'a-session-id-of-22-characters';
    const envelope = {
      macpVersion: '1.0',
      mode: 'macp.mode.decision.v1',
      messageType: 'SessionStart',
      messageId: 'm0',
      sessionId,
      timestampUnixMs: BigInt(Date.now()),
      payload: startPayload(),
    };
    expect((await client.call(method.send, 'lead', { envelope })).ack?.ok).toBe(true);
    client.close();
    first.child.kill('SIGKILL');
    await first.exit;
    const second = await start('--data-dir', directory);
    const again = new TestClient(second.address);
    const { metadata } = await again.call(method.getSession, 'lead', { sessionId });
    expect(metadata?.initiator).toBe('lead');
    again.close();
  });

  it('admits only listed tokens without dev mode', async () => {
    const tokens = join(directory, 'tokens.json');
    writeFileSync(tokens, JSON.stringify({ tokens: [{ token: 'secret', sender: 'a' }] }));
    const { address } = await start('--no-dev', '--tokens-file', tokens);
    const client = new TestClient(address);
    await client.call(method.listSessions, 'secret', {});
    expect((await statusOf(client.call(method.listSessions, 'a', {}))).code).toBe(16);
    client.close();
  });

  it.each([
    [['--port', 'x'], 2],
    [['--nonsense'], 2],
    [['--host', '0.0.0.0'], 1],
    [['--no-dev'], 1],
  ])('refuses %j', async (args, code) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    children.add(child);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(code);
    expect(said).not.toBe('');
    expect(said).not.toMatch(/\n\s+at /);
  });

  it('does not share a port', async () => {
    const world = await World.open();
    const child = spawn(process.execPath, [MAIN, '--port', world.server.address.split(':')[1]!], { stdio: 'ignore' });
    children.add(child);
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(1);
    await world.close();
  });
});
