import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../src/contracts/run-record.js';
import { ConsoleClient } from '../../support/console-client.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage, requestOf } from '../../support/stage.js';

const NOBODY = '00000000-0000-7000-8000-000000000000';

let stage: Stage;
let ui: ConsoleClient;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
  ui = new ConsoleClient(() => stage.controlPlane.url);
}, 60_000);
afterAll(() => stage.close());

/** Actions on things, newest first. */
const audited = async (query: string) =>
  (await ui.read<{ data: { action: string }[] }>('audit', `/audit?${query}`)).data;

describe('policies', () => {
  const policy = (policyId: string) => ({
    policyId,
    mode: 'macp.mode.decision.v1',
    description: 'everybody',
    rules: { voting: { algorithm: 'unanimous' } },
    schemaVersion: 1,
  });

  it('are registered at the runtime, shown, used and removed', async () => {
    const created = await ui.post('policy', '/runtime/policies', policy('policy.contract'));
    expect(created).toEqual(policy('policy.contract'));
    expect(await ui.read('policy', '/runtime/policies/policy.contract')).toEqual(created);
    const listed = await ui.read<{ policyId: string }[]>('policies', '/runtime/policies?mode=macp.mode.decision.v1');
    expect(listed.map(({ policyId }) => policyId)).toContain('policy.contract');
    const { runId } = await stage.api.launch(requestOf('decision', { policyVersion: 'policy.contract' }));
    await stage.api.untilStatus(runId, 'running');
    const found = await ui.read<{ data: RunRecord[] }>('runPage', '/runs?search=policy.contract&limit=20');
    expect(found.data.map(({ id }) => id)).toEqual([runId]);
    await stage.api.command(runId, 'cancel');
    const removed = await ui.send('DELETE', '/runtime/policies/policy.contract');
    expect([removed.status, JSON.parse(removed.text)]).toEqual([200, { ok: true, policyId: 'policy.contract' }]);
    expect(await ui.refused('GET', '/runtime/policies/policy.contract')).toMatchObject({ status: 404 });
    expect((await audited('resource=policy&limit=10')).map(({ action }) => action)).toEqual([
      'policy.delete',
      'policy.register',
    ]);
  });

  it('are refused by status, never with 2xx', async () => {
    const refusalOf = (method: string, path: string, body?: unknown) =>
      ui.refused(method, `/runtime/policies${path}`, body);
    await ui.post('policy', '/runtime/policies', policy('policy.taken'));
    expect(await refusalOf('POST', '', policy('policy.taken'))).toEqual({ status: 409, errorCode: 'CONFLICT' });
    expect(await refusalOf('POST', '', policy('policy.default'))).toMatchObject({ status: 409 });
    const broken = { ...policy('policy.broken'), rules: { voting: { algorithm: 'weighted' } } };
    expect(await refusalOf('POST', '', broken)).toEqual({ status: 400, errorCode: 'INVALID_POLICY_DEFINITION' });
    for (const bad of [
      { ...policy('x'), schemaVersion: '1' },
      { ...policy('x'), schemaVersion: 0 },
      { ...policy('x'), rules: '{}' },
      { ...policy('x'), mode: '' },
      { ...policy(' x ') },
      { ...policy('') },
      {},
    ]) {
      expect(await refusalOf('POST', '', bad)).toEqual({ status: 400, errorCode: 'VALIDATION_ERROR' });
    }
    expect(await refusalOf('GET', '/no.such.policy')).toEqual({ status: 404, errorCode: 'RESOURCE_NOT_FOUND' });
    expect(await refusalOf('DELETE', '/no.such.policy')).toEqual({ status: 404, errorCode: 'RESOURCE_NOT_FOUND' });
    expect(await refusalOf('DELETE', '/policy.default')).toEqual({ status: 409, errorCode: 'CONFLICT' });
    expect(await refusalOf('GET', '/a/b')).toMatchObject({ status: 404 });
    expect(await refusalOf('GET', '/p%x')).toMatchObject({ status: 400 });
  });
});

describe('webhooks', () => {
  const form = {
    url: 'https://example.com/hooks/macp',
    secret: 'change-me',
    events: ['run.completed', 'run.failed', 'signal.emitted'],
  };

  it('are kept, changed and removed; the secret is never shown', async () => {
    const created = await ui.post<{ id: string }>('webhook', '/webhooks', form);
    expect(created).toMatchObject({ url: form.url, events: form.events, active: true });
    expect(await ui.read('webhooks', '/webhooks')).toEqual([created]);
    const paused = await ui.send('PATCH', `/webhooks/${created.id}`, { active: false });
    expect([paused.status, JSON.parse(paused.text)]).toMatchObject([200, { active: false, events: form.events }]);
    const change = { url: 'http://10.0.0.7:8080/in', events: ['run.cancelled'], secret: 'other' };
    expect((await ui.send('PATCH', `/webhooks/${created.id}`, change)).text).not.toContain('other');
    expect(await ui.read('webhooks', '/webhooks')).toMatchObject([
      { url: change.url, events: change.events, active: false },
    ]);
    expect((await ui.send('DELETE', `/webhooks/${created.id}`)).status).toBe(204);
    expect(await ui.read('webhooks', '/webhooks')).toEqual([]);
    expect((await audited('resource=webhook&limit=10')).map(({ action }) => action)).toEqual([
      'webhook.delete',
      'webhook.update',
      'webhook.update',
      'webhook.create',
    ]);
  });

  it('are refused when they are none', async () => {
    for (const bad of [
      { ...form, url: 'ftp://example.com' },
      { ...form, url: 'example.com' },
      { ...form, url: 'https://user:pass@example.com' },
      { ...form, events: [] },
      { ...form, events: ['run.exploded'] },
      { ...form, events: ['run.failed', 'run.failed'] },
      { ...form, secret: '' },
      { url: form.url },
    ]) {
      expect(await ui.refused('POST', '/webhooks', bad)).toEqual({ status: 400, errorCode: 'VALIDATION_ERROR' });
    }
    for (const id of [NOBODY, 'x', 'x%20y']) {
      expect(await ui.refused('PATCH', `/webhooks/${id}`, { active: true })).toMatchObject({ status: 404 });
      expect(await ui.refused('DELETE', `/webhooks/${id}`)).toMatchObject({ status: 404 });
    }
    expect(await ui.refused('PATCH', `/webhooks/${NOBODY}`, {})).toMatchObject({ status: 400 });
  });

  it('are limited in number', async () => {
    const { database } = stage.controlPlane;
    await database.query(
      `insert into webhooks select gen_random_uuid(), 'https://example.com', '{run.failed}', 's', true, now(), now()
       from generate_series(1, 100)`,
    );
    expect(await ui.refused('POST', '/webhooks', form)).toEqual({ status: 409, errorCode: 'CONFLICT' });
    expect((await ui.read<unknown[]>('webhooks', '/webhooks')).length).toBe(100);
    await database.query('delete from webhooks');
  });
});

describe('the audit list', () => {
  it('takes the filters of the settings page', async () => {
    const { database } = stage.controlPlane;
    await database.query('delete from audit_entries');
    for (let time = 0; time < 3; time += 1) await ui.post('json', '/admin/circuit-breaker/reset');
    const total = async (query: string) =>
      (await ui.read<{ total: number; data: unknown[] }>('audit', `/audit?${query}`)).total;
    const today = new Date().toISOString().slice(0, 10);
    expect(await total('limit=10&actor=&action=&resource=&resourceId=&createdAfter=&createdBefore=')).toBe(3);
    expect(await total('action=circuit_breaker.reset&resource=circuit-breaker&actor=anonymous')).toBe(3);
    expect(await total(`createdAfter=${today}&resourceId=rust`)).toBe(3);
    expect(await total('createdBefore=2020-01-01')).toBe(0);
    expect(await total('action=no.such.action')).toBe(0);
    const pages = await Promise.all(
      [0, 1, 2, 3].map((offset) => audited(`limit=1&offset=${offset}`).then((entries) => entries.length)),
    );
    expect(pages).toEqual([1, 1, 1, 0]);
    for (const bad of ['limit=501', 'limit=0', 'offset=-1', 'createdAfter=soon', 'page=2']) {
      expect(await ui.refused('GET', `/audit?${bad}`)).toMatchObject({ status: 400 });
    }
  });
});
