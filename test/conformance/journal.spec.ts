import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MACPRuntimeService } from '../../src/gen/macp/v1/core_pb.js';
import { encodeFixturePayload } from './support/fixture.js';
import { commitment, HANDOFF, proposal, World } from './support/world.js';

const { method } = MACPRuntimeService;

let dataDir: string;
let world: World;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'macp-journal-'));
  world = await World.open({ dataDir });
});
afterEach(async () => {
  await world.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const file = (): string => join(dataDir, 'journal.jsonl');
const lines = (): string[] => readFileSync(file(), 'utf8').split('\n').filter(Boolean);

/** The process dies and another one takes over the directory; the clock goes on. */
async function restart(): Promise<void> {
  const { clock } = world;
  world.client.close();
  world.server.crash();
  world = await reopen(clock);
}

async function reopen(clock: number): Promise<World> {
  const next = new World();
  next.clock = clock;
  const opened = await World.open({ dataDir, now: () => next.clock });
  next.server = opened.server;
  next.client = opened.client;
  return next;
}

describe('a restart', () => {
  it('keeps history, state, dedup, deadline and activity', async () => {
    const id = await world.start({ ttlMs: 1000n });
    world.clock += 100;
    await world.propose(id, 'm1', { timestampUnixMs: 0n });
    const before = world.server.runtime.sessions.find(id)!;
    await restart();
    const after = world.server.runtime.sessions.find(id)!;
    expect(world.server.recovered).toBe(1);
    expect(after.run.describe()).toEqual(before.run.describe());
    expect([after.deadline, after.startedAt, [...after.activity]]).toEqual([
      before.deadline,
      before.startedAt,
      [...before.activity],
    ]);
    expect(await world.history(id)).toEqual(['m0', 'm1']);
    const heard = world.session('a');
    heard.subscribe(id, 1);
    await heard.count(1);
    expect(heard.envelopes[0]?.timestampUnixMs).toBe(BigInt(world.clock));
    expect(await world.propose(id, 'm1')).toMatchObject({ ok: true, duplicate: true });
    await world.propose(id, 'm2');
    await heard.count(2);
    await restart();
    expect(await world.history(id)).toEqual(['m0', 'm1', 'm2']);
  });

  it('keeps every end and every pause', async () => {
    const [open, resolved, cancelled, expired, suspended, resumed] = await Promise.all(
      Array.from({ length: 6 }, () => world.start({ ttlMs: 1000n })),
    );
    await world.propose(resolved!, 'm1');
    await world.send('lead', { messageType: 'Commitment', sessionId: resolved!, payload: commitment('x') });
    await world.control('cancelSession', 'lead', cancelled!);
    await world.control('suspendSession', 'lead', suspended!);
    await world.control('suspendSession', 'lead', resumed!);
    world.clock += 900;
    await world.control('resumeSession', 'lead', resumed!);
    world.clock += 200;
    await world.stateOf(expired!);
    const others = [resolved!, cancelled!, expired!, suspended!, resumed!];
    await restart();
    expect(await Promise.all(others.map((id) => world.stateOf(id)))).toEqual([
      'RESOLVED',
      'CANCELLED',
      'EXPIRED',
      'SUSPENDED',
      'OPEN',
    ]);
    expect(await world.stateOf(open!)).toBe('EXPIRED');
    await world.control('resumeSession', 'lead', suspended!);
    expect(world.server.runtime.sessions.find(suspended!)?.suspendedMs).toBe(1100);
  });

  it('keeps registered policies and modes, and a session its own copy of both', async () => {
    const mode = 'x.review.v1';
    const modeDescriptor = {
      mode,
      modeVersion: '2.1',
      messageTypes: ['Note', 'Commitment'],
      terminalMessageTypes: ['Commitment'],
    };
    const rules = JSON.stringify({ commitment: { authority: 'any_participant' } });
    for (const policyId of ['kept', 'gone']) {
      const policyDescriptor = { policyId, mode: '*', rules, schemaVersion: 1 };
      await world.client.call(method.registerPolicy, 'admin', { policyDescriptor });
    }
    for (const name of [mode, 'x.gone.v1', 'x.plain.v1']) {
      await world.client.call(method.registerExtMode, 'admin', { modeDescriptor: { ...modeDescriptor, mode: name } });
    }
    const id = await world.start({ policyVersion: 'gone', modeVersion: '2.1' }, { mode: 'x.gone.v1' });
    await world.client.call(method.unregisterPolicy, 'admin', { policyId: 'gone' });
    await world.client.call(method.unregisterExtMode, 'admin', { mode: 'x.gone.v1' });
    await world.client.call(method.promoteMode, 'admin', { mode: 'x.plain.v1', promotedModeName: 'x.best.v1' });
    await restart();
    const { descriptors } = await world.client.call(method.listPolicies, 'a', { mode: '' });
    expect(descriptors.map(({ policyId }) => policyId)).toContain('kept');
    expect(descriptors.map(({ policyId }) => policyId)).not.toContain('gone');
    expect(world.server.runtime.modes.extensions().map((item) => item.mode)).toEqual(['ext.multi_round.v1', mode]);
    expect(world.server.runtime.modes.standard().at(-1)?.mode).toBe('x.best.v1');
    expect((await world.control('cancelSession', 'a', id)).ok).toBe(true);
  });

  it('keeps an implicit acceptance', async () => {
    const rules = JSON.stringify({ acceptance: { implicit_accept_timeout_ms: 10 } });
    const policyDescriptor = { policyId: 'hurried', mode: HANDOFF, rules, schemaVersion: 1 };
    await world.client.call(method.registerPolicy, 'admin', { policyDescriptor });
    const id = await world.start({ participants: ['lead', 'a'], policyVersion: 'hurried' }, { mode: HANDOFF });
    const payload = encodeFixturePayload('macp.modes.handoff.v1.HandoffOfferPayload', {
      handoff_id: 'h',
      target_participant: 'a',
    });
    await world.send('lead', { mode: HANDOFF, messageType: 'HandoffOffer', messageId: 'm1', sessionId: id, payload });
    world.clock += 50;
    await world.send('lead', { mode: HANDOFF, messageType: 'HandoffContext', messageId: 'm2', sessionId: id });
    const before = world.server.runtime.sessions.find(id)!;
    expect(before.history).toHaveLength(3);
    await restart();
    const after = world.server.runtime.sessions.find(id)!;
    expect(after.history.map(({ envelope }) => envelope)).toEqual(before.history.map(({ envelope }) => envelope));
    expect(after.run.describe()).toEqual(before.run.describe());
  });
});

describe('the journal file', () => {
  it('loses only its incomplete last line', async () => {
    const id = await world.start();
    await world.propose(id, 'm1');
    const whole = statSync(file()).size;
    appendFileSync(file(), '{"kind":"envelope","at":17000');
    await restart();
    expect(world.server.tornBytes).toBe(29);
    expect(statSync(file()).size).toBe(whole);
    await world.propose(id, 'm2');
    await restart();
    expect(world.server.tornBytes).toBe(0);
    expect(await world.history(id)).toEqual(['m0', 'm1', 'm2']);
  });

  it('is refused when a line before the last cannot be read', async () => {
    await world.start();
    await world.start();
    await world.close();
    const [first, ...rest] = lines();
    writeFileSync(file(), `${[first!.slice(5), ...rest].join('\n')}\n`);
    await expect(World.open({ dataDir })).rejects.toThrow(/line 1 of/);
    writeFileSync(file(), '');
    world = await World.open({ dataDir });
  });

  it('is for one runtime at a time, and free again after a close or a crash', async () => {
    await expect(World.open({ dataDir })).rejects.toThrow(/in use/);
    await restart();
    await world.close();
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
    writeFileSync(join(dataDir, 'lock'), '999999999');
    world = await World.open({ dataDir });
  });

  it('is compacted at the start: finished sessions past retention are gone, all else stays', async () => {
    const day = { ttlMs: 86_400_000n };
    const done = await world.start(day);
    const open = await world.start(day);
    await world.propose(done, 'm1');
    await world.propose(open, 'm1');
    await world.control('cancelSession', 'lead', done);
    world.clock += 3_600_001;
    await restart();
    expect(lines().some((line) => line.includes(done))).toBe(false);
    expect(lines()).toHaveLength(2);
    expect(await world.history(open)).toEqual(['m0', 'm1']);
    await world.start(day, { sessionId: done, messageId: 'n0' });
    await world.propose(done, 'n1');
    await restart();
    expect(await world.history(done)).toEqual(['n0', 'n1']);
  });

  it('keeps the younger of two sessions that had one id', async () => {
    const id = await world.start({ ttlMs: 86_400_000n });
    await world.control('cancelSession', 'lead', id);
    world.clock += 3_600_001;
    world.server.runtime.sweep();
    await world.start({}, { sessionId: id, messageId: 'n0' });
    await restart();
    expect(await world.history(id)).toEqual(['n0']);
    expect(lines()).toHaveLength(1);
    await restart();
    expect(await world.history(id)).toEqual(['n0']);
  });

  it('must take a message before anybody hears of it', async () => {
    const id = await world.start();
    const { runtime } = world.server;
    const heard = world.session('a');
    heard.subscribe(id);
    await heard.count(1);
    let isFull = true;
    runtime.keepIn({ append: () => !isFull, close: () => undefined });
    expect((await world.propose(id, 'm1')).error?.code).toBe('INTERNAL_ERROR');
    expect((await world.control('cancelSession', 'lead', id)).error?.code).toBe('INTERNAL_ERROR');
    await expect(world.start()).rejects.toThrow('StorageFailed');
    const stream = world.session('b');
    stream.write({ envelope: world.envelope({ ...proposal(id, 'm1') }) });
    expect((await stream.end()).code).toBe(13);
    isFull = false;
    expect(await world.propose(id, 'm1')).toMatchObject({ ok: true, duplicate: false });
    await heard.count(2);
    expect(heard.ids).toEqual(['m0', 'm1']);
  });
});
