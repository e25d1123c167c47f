import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartRuntime } from '../../contracts/runtime-scene.js';
import { descriptor, observingStage, runsOf, soundRun, type Troupe } from '../../support/observed.js';
import type { Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';

/** What becomes of sessions that agents open while one of the two sides is away, on any runtime. */
export function describeObservedAbsence(name: string, start: StartRuntime): void {
  describe(`sessions of ${name} while the control plane was down`, () => {
    let stage: Stage;
    let troupe: Troupe;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ stage, troupe, close } = await observingStage(start));
    });
    afterAll(() => close());

    it('are all found at its return, in whichever of the states they are', async () => {
      const [before, registered] = [randomUUID(), randomUUID()];
      await troupe.open('decision', before);
      await stage.api.ok('POST', '/runs', descriptor('decision', { sessionId: registered }));
      await until('the run is there', async () => (await runsOf(stage, before)) === 1);
      const ids: Record<string, string> = {};
      await stage.reopen(async () => {
        for (const state of ['open', 'suspended', 'resolved', 'cancelled', 'expired']) ids[state] = randomUUID();
        for (const [state, sessionId] of Object.entries(ids)) {
          await troupe.open('decision', sessionId, state === 'expired' ? { ttlMs: 300 } : {});
        }
        await troupe.open('decision', registered);
        await troupe.suspend(ids['suspended']!);
        await troupe.cancel(ids['cancelled']!);
        const resolved = { runId: '', sessionId: ids['resolved']!, status: '', traceId: '' };
        await stage.play(resolved, 'decision');
        await stage.play({ ...resolved, sessionId: before }, 'decision');
        await sleep(350);
      });
      const ends = { open: 'running', suspended: 'suspended', resolved: 'completed', cancelled: 'cancelled' };
      for (const [state, status] of Object.entries({ ...ends, expired: 'failed' })) {
        const sessionId = ids[state]!;
        await until(`the ${state} session has its run`, async () => (await runsOf(stage, sessionId)) === 1);
        await until(`the ${state} session's run is ${status}`, async () => {
          return (await stage.api.run(sessionId)).status === status;
        });
        // An open session's run is running before its history has arrived.
        await stage.api.untilEvent(sessionId, ({ type }) => type === 'proposal.created');
        expect((await soundRun(stage, sessionId)).accepted[0]?.messageType).toBe('SessionStart');
      }
      await stage.api.untilStatus(before, 'completed');
      await stage.api.untilStatus(registered, 'running');
      const streams = (await soundRun(stage, before)).events.flatMap(({ type, data }) =>
        type === 'session.stream.opened' ? [data.status] : [],
      );
      expect(streams).toContain('recovered');
      for (const sessionId of [before, registered, ...Object.values(ids)]) {
        expect(await runsOf(stage, sessionId)).toBe(1);
      }
    });
  });

  describe(`a runtime of ${name} that restarts`, () => {
    let stage: Stage;
    let troupe: Troupe;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ stage, troupe, close } = await observingStage(start, { durable: true }));
    });
    afterAll(() => close());

    it('is observed on without a gap or a repetition', async () => {
      const opened = await troupe.open('decision');
      await until('the run is there', async () => (await runsOf(stage, opened.sessionId)) === 1);
      const play = stage.play(opened, 'decision', { paceMs: 150 });
      await stage.api.untilEvent(opened.sessionId, ({ data }) => 'recommendation' in data);
      await stage.runtime.restart();
      await play;
      await stage.api.untilStatus(opened.sessionId, 'completed', 30_000);
      const stored = await soundRun(stage, opened.sessionId);
      expect(stored.accepted).toHaveLength(10);
    });

    it('does not bring back a run that somebody deleted', async () => {
      const { sessionId } = await troupe.open('decision');
      await until('the run is there', async () => (await runsOf(stage, sessionId)) === 1);
      await troupe.decide(sessionId);
      await stage.api.untilStatus(sessionId, 'completed');
      expect((await stage.api.request('DELETE', `/runs/${sessionId}`)).status).toBe(204);
      await stage.runtime.restart();
      // The agents' connection learns of the restart by a call that is broken off.
      const { sessionId: next } = await until('the agents are back', () =>
        troupe.open('decision').catch(() => undefined),
      );
      await until('all sessions were listed anew', async () => (await runsOf(stage, next)) === 1, 30_000);
      expect((await stage.api.request('GET', `/runs/${sessionId}`)).status).toBe(404);
    });

    it('is asked for the history of what ended meanwhile; if it is gone, the run says so', async () => {
      const sessionId = randomUUID();
      const opened = { runId: sessionId, sessionId, status: '', traceId: '' };
      await stage.reopen(async () => {
        await troupe.open('decision', sessionId);
        await stage.play(opened, 'decision');
      });
      await until('the run is there', async () => (await runsOf(stage, sessionId)) === 1);
      await stage.api.untilStatus(sessionId, 'completed');
      const stored = await soundRun(stage, sessionId);
      const { historyGapCount } = await stage.api.metrics(sessionId);
      const end = stored.events.findLast(({ type }) => type === 'run.completed');
      expect('commitmentMissing' in end!.data).toBe(historyGapCount > 0);
      expect(stored.accepted).toHaveLength(historyGapCount > 0 ? 0 : 10);
      expect(stored.row['last_ordinal']).toBe(10);
    });
  });
}
