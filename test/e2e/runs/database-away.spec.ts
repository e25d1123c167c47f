import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_MODES, type ExampleMode } from '../../../src/agents/modes.js';
import { scriptFor } from '../../../src/agents/scripts.js';
import { acceptedBy } from '../../support/accepted.js';
import type { Launched, Refusal } from '../../support/api.js';
import { Chance } from '../../support/chance.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage, requestOf } from '../../support/stage.js';
import { POSTGRES_URL } from '../../support/store.js';
import { StoredRun, envelopeFacts, expectServed } from '../../support/stored-run.js';
import { until } from '../../support/until.js';

const TROUBLE_MS = 5_000;
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
      } finally {
        await stage.store.setReachable(true);
      }
      await play;
      await expectWhole('decision', launched);
    },
    TEST_MS_MAX,
  );
});
