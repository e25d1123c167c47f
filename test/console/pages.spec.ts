import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../support/sandbox.js';
import { LOOKS, type Look } from './support/browser.js';
import { useVisits } from './support/visits.js';

/** Examples play to their end within this. Milliseconds. */
const PLAY_MS_MAX = 120_000;
/** Longer than all pages take. */
const WAITING_TTL_MS = 3_600_000;

/** What is there to be read on each page once runs have been played, and one is waiting for agents who say nothing. */
const PAGES: Readonly<Record<string, { readonly hash: string; readonly shows: string }>> = {
  now: { hash: '', shows: 'table tbody tr' },
  runs: { hash: 'runs?sandbox=true', shows: 'table tbody tr' },
  launch: { hash: 'launch', shows: '.example' },
  events: { hash: 'events', shows: '.virtual-row' },
  sessions: { hash: 'system?tab=sessions', shows: 'table tbody tr' },
  modes: { hash: 'system?tab=modes', shows: '.panel' },
  policies: { hash: 'system?tab=policies', shows: '.panel' },
  webhooks: { hash: 'system?tab=webhooks', shows: '.panel' },
  audit: { hash: 'system?tab=audit', shows: 'table tbody tr' },
  compare: { hash: 'compare?left=$first&right=$second', shows: 'table tbody tr' },
  run: { hash: 'runs/$first', shows: '.picture-stage' },
  waiting: { hash: 'runs/$waiting', shows: '.picture-stage' },
  log: { hash: 'runs/$first?tab=events&event=6', shows: '.virtual-row' },
  signals: { hash: 'runs/$first?tab=signals', shows: '.panel' },
  cost: { hash: 'runs/$first?tab=cost', shows: '.tab-panel > *' },
  details: { hash: 'runs/$first?tab=details', shows: '.panel' },
  travel: { hash: 'runs/$first?at=14&versus=5', shows: '[aria-label="What changed"]' },
};

let sandbox: Sandbox;
const { visit } = useVisits();
const runs = new Map<string, string>();

beforeAll(async () => {
  sandbox = await Sandbox.open({ SANDBOX_PACE_MS: '20' });
  const examples = await sandbox.examples();
  const played = await Promise.all(examples.map(({ request }) => sandbox.api.launch(request)));
  for (const { runId } of played) await sandbox.api.untilEnded(runId, PLAY_MS_MAX);
  const { session, execution, ...request } = await sandbox.example('decision');
  const waiting = await sandbox.api.launch({
    ...request,
    session: { ...session, ttlMs: WAITING_TTL_MS },
    execution: { ...execution, scriptedAgents: 'silent' },
  });
  await sandbox.api.untilStatus(waiting.runId, 'running');
  runs.set('$first', played[0]!.runId).set('$second', played[1]!.runId).set('$waiting', waiting.runId);
});
afterAll(async () => {
  await sandbox.close();
});

describe('every page of a service in use', () => {
  it.each(Object.keys(PAGES).flatMap((name) => Object.keys(LOOKS).map((look) => [name, look as Look] as const)))(
    'is readable: %s in %s',
    async (name, look) => {
      const { hash, shows } = PAGES[name]!;
      const place = hash.replaceAll(/\$\w+/g, (word) => runs.get(word) ?? word);
      const watched = await visit(`${sandbox.process.at}/#/${place}`, look);
      await watched.page.locator(shows).first().waitFor();
      expect(await watched.overhang()).toBeLessThanOrEqual(0);
      expect(await watched.axeFindings()).toEqual([]);
      expect(watched.complaintsBut()).toEqual([]);
      await watched.picture(name);
    },
  );
});
