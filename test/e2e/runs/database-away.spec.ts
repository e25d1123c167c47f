import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { EXAMPLE_MODES, type ExampleMode } from '../../../src/agents/modes.js';
import { scriptFor } from '../../../src/agents/scripts.js';
import { acceptedBy } from '../../support/accepted.js';
import type { Launched, Refusal } from '../../support/api.js';
import { Chance } from '../../support/chance.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { startTestControlPlane } from '../../support/control-plane.js';
import { gateBefore } from '../../support/gate-proxy.js';
import { DEV_ENV, Stage, requestOf } from '../../support/stage.js';
import { POSTGRES_URL, createStore } from '../../support/store.js';
import { StoredRun, envelopeFacts, expectServed } from '../../support/stored-run.js';
import { until } from '../../support/until.js';

const TROUBLE_MS = 5_000;
/** Longer than what a probe found is told. Milliseconds. */
const LOOK_MS_OLD = 6_000;
const BREAK_INTERVAL_MS_MAX = 150;
const END_MS_MAX = 40_000;
const TEST_MS_MAX = 90_000;

/** An embedded database is part of the process: it cannot be away. */
describe.skipIf(POSTGRES_URL === undefined)('runs while the database comes and goes', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(await startEmbedded());
  });
  afterAll(() => stage.close());

  /** Asks until it is answered, as a client with an idempotency key may. */
  async function launch(mode: ExampleMode): Promise<Launched> {
    const headers = { 'idempotency-key': randomUUID() };
    const ask = async () => {
      const answer = await stage.api.request<Launched | Refusal>('POST', '/runs', requestOf(mode), headers);
      if (answer.status === 202) return answer.body as Launched;
      expect(answer).toMatchObject({ status: 503, body: { errorCode: 'DATABASE_UNAVAILABLE' } });
      return undefined;
    };
    return until(`a ${mode} run is accepted`, ask, END_MS_MAX);
  }

  async function expectWhole(mode: ExampleMode, launched: Launched): Promise<void> {
    await stage.api.untilStatus(launched.runId, 'completed', END_MS_MAX);
    await stage.untilIntroduced(launched, mode);
    const stored = await StoredRun.read(stage.controlPlane.database, launched.runId);
    stored.expectSound();
    await expectServed(stage.api, stored);
    const token = stage.tokenFor(scriptFor(mode)[0]!.id);
    const accepted = await acceptedBy(stage.runtime.address, token, launched.sessionId);
    expect(stored.accepted).toEqual(accepted.map(envelopeFacts));
  }

  /** A control plane of its own, with a gate before its database. */
  async function behindGate() {
    const store = await createStore();
    onTestFinished(() => store.remove());
    const url = new URL(store.env['DATABASE_URL']!);
    const directory = url.searchParams.get('host');
    const port = url.port || '5432';
    const gate = await gateBefore(directory === null ? `${url.hostname}:${port}` : `${directory}/.s.PGSQL.${port}`);
    onTestFinished(() => gate.stop());
    url.searchParams.delete('host');
    url.host = gate.address;
    const env = { ...store.env, ...DEV_ENV, DATABASE_URL: url.href, RUNTIME_ADDRESS: stage.runtime.address };
    const controlPlane = await startTestControlPlane(env);
    onTestFinished(() => controlPlane.close());
    return { store, gate, controlPlane };
  }

  it(
    'lose nothing when their connections break again and again',
    async () => {
      const chance = Chance.announced('BREAK_SEED');
      const troubleEndsAt = Date.now() + TROUBLE_MS;
      let broken = 0;
      const trouble = (async () => {
        while (Date.now() < troubleEndsAt) {
          broken += await stage.store.breakConnections();
          await sleep(chance.int(0, BREAK_INTERVAL_MS_MAX));
        }
      })();
      const runs = await Promise.all(EXAMPLE_MODES.map(async (mode) => ({ mode, launched: await launch(mode) })));
      const plays = runs.map(({ mode, launched }) => stage.play(launched, mode, { paceMs: 150 }));
      await Promise.all([trouble, ...plays]);
      process.stderr.write(`${broken} connections broken\n`);
      expect(broken).toBeGreaterThan(0);
      for (const { mode, launched } of runs) await expectWhole(mode, launched);
    },
    TEST_MS_MAX,
  );

  it(
    'wait while the database is away, and go on when it is back',
    async () => {
      const launched = await launch('decision');
      const play = stage.play(launched, 'decision', { paceMs: 250 });
      await stage.api.untilEvent(launched.runId, ({ type }) => type === 'proposal.created');
      await stage.store.setReachable(false);
      try {
        await sleep(TROUBLE_MS);
        const answer = await stage.api.request<Refusal>('GET', `/runs/${launched.runId}`);
        expect(answer).toMatchObject({ status: 503, body: { errorCode: 'DATABASE_UNAVAILABLE' } });
        expect((await stage.api.request('GET', '/healthz')).status).toBe(200);
        expect((await stage.api.request('GET', '/readyz')).status).toBe(503);
        expect(await stage.api.figure('macp_database_up')).toBe(0);
        expect(await stage.api.figure('macp_frames_unstored')).toBeGreaterThan(0);
        expect(await stage.api.figure('macp_frames_unstored_age_seconds')).toBeGreaterThan(1);
      } finally {
        await stage.store.setReachable(true);
      }
      await play;
      await expectWhole('decision', launched);
      expect(await stage.api.figure('macp_frames_unstored_age_seconds')).toBe(0);
      expect(await stage.api.figure('macp_database_up')).toBe(1);
    },
    TEST_MS_MAX,
  );

  it(
    'are started when they are asked for again, after the answer to their creation got lost',
    async () => {
      const { store, gate, controlPlane } = await behindGate();
      const { api } = controlPlane;
      const beside = await store.open();
      const key = randomUUID();
      const ask = () =>
        api.request<Launched & Refusal>('POST', '/runs', requestOf('decision'), { 'idempotency-key': key });
      const muted = gate.muteAt((bytes) => bytes.includes(key));
      const lost = ask();
      await muted;
      await until('the run is stored', async () => {
        const [row] = await beside.query('select 1 from runs where idempotency_key = $1', [key]);
        return row === undefined ? undefined : true;
      });
      await beside.close();
      await store.setReachable(false);
      gate.cut();
      expect(await lost).toMatchObject({ status: 503, body: { errorCode: 'DATABASE_UNAVAILABLE' } });
      await store.setReachable(true);

      const { status, body } = await ask();
      expect(status).toBe(202);
      await api.untilStatus(body.runId, 'running');
      await api.command(body.runId, 'cancel');
    },
    TEST_MS_MAX,
  );

  it(
    'are not said to be storable on the word of an old look, when the database hangs',
    async () => {
      const { gate, controlPlane } = await behindGate();
      const { api } = controlPlane;
      expect((await api.request('GET', '/readyz')).status).toBe(200);
      const muted = gate.muteAt(() => true);
      // The first probe asks the database, and what it asks is the sign.
      const probed = await api.request('GET', '/readyz');
      await muted;
      expect(probed.status).toBe(200);
      await sleep(LOOK_MS_OLD);
      expect(await api.request('GET', '/readyz')).toMatchObject({ status: 503, body: { database: 'unknown' } });
      gate.cut();
      await until('it is ready again', async () => (await api.request('GET', '/readyz')).status === 200 || undefined);
    },
    TEST_MS_MAX,
  );
});
