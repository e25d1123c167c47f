import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { DEV_ENV, Stage, requestOf } from '../../support/stage.js';
import { StoredRun } from '../../support/stored-run.js';
import { evaluation } from '../../support/voters.js';

const SECRET = 'sesame';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded(), { ...DEV_ENV, REDACT_PATHS: 'reason,rationale,intent' });
});
afterAll(() => stage.close());

it('reaches what is stored and served of our own messages', async () => {
  const { runId } = await stage.api.launch(requestOf('decision'));
  await stage.api.untilStatus(runId, 'running');
  await stage.api.ok('POST', `/runs/${runId}/messages`, evaluation('agent://alice', SECRET));
  await stage.api.untilEvent(
    runId,
    ({ type, data }) => type === 'message.received' && 'messageType' in data && data.messageType === 'Evaluation',
  );
  const { raws } = await StoredRun.read(stage.controlPlane.database, runId);
  const acks = raws.filter(({ kind }) => kind === 'send-ack').map(({ info }) => info);
  expect(acks.at(-1)).toMatchObject({ message: { messageType: 'Evaluation', payload: { reason: '[redacted]' } } });
  const paths = [`export?includeRaw=true`, 'events', 'state', 'messages'];
  for (const path of paths) {
    const text = JSON.stringify(await stage.api.ok('GET', `/runs/${runId}/${path}`));
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, 6));
  }
  const { rawEvents } = await stage.api.ok<{ rawEvents: readonly RawAck[] }>(
    'GET',
    `/runs/${runId}/export?includeRaw=true`,
  );
  const served = rawEvents.filter(({ kind }) => kind === 'send-ack').at(-1)?.info.message;
  expect(served).toMatchObject({ messageType: 'Evaluation', payloadWithheld: true });
  expect(served).not.toHaveProperty('payload');
  await stage.api.command(runId, 'cancel');
});

it('reaches the request, wherever it is shown, and not what is sent', async () => {
  const example = requestOf('decision', { intent: `Open ${SECRET}?`, context: { reason: SECRET } });
  const kickoff = example.kickoff.map((message) => ({
    ...message,
    payload: { ...message.payload, rationale: SECRET },
  }));
  const first = await stage.api.launch({ ...example, kickoff });
  await stage.api.untilStatus(first.runId, 'running');
  const clone = await stage.api.ok<{ runId: string }>('POST', `/runs/${first.runId}/clone`, {});
  await stage.api.untilStatus(clone.runId, 'running');
  for (const runId of [first.runId, clone.runId]) {
    await stage.api.untilEvent(
      runId,
      ({ type, data }) => type === 'message.received' && 'messageType' in data && data.messageType === 'Proposal',
    );
    const paths = ['', '/export?includeRaw=true', '/events', '/state', '/messages'].map(
      (path) => `/runs/${runId}${path}`,
    );
    const bundles = await stage.api.ok('POST', '/runs/batch/export', { runIds: [runId] });
    const shown = [bundles, await stage.api.ok('GET', '/runs')];
    for (const path of paths) shown.push(await stage.api.ok('GET', path));
    for (const one of shown) expect(JSON.stringify(one)).not.toContain(SECRET);
    expect(await stage.api.state(runId)).toMatchObject({ decision: { current: { prompt: '[redacted]' } } });
    const { accepted } = await StoredRun.read(stage.controlPlane.database, runId);
    const sent = accepted.filter(({ payload }) => Buffer.from(payload, 'hex').includes(SECRET));
    expect(sent.map(({ messageType }) => messageType)).toEqual(['SessionStart', 'Proposal']);
    await stage.api.command(runId, 'cancel');
  }
});

it('withholds what no path leads into, in the request and in the events of the opening', async () => {
  const bytes = Buffer.concat([Buffer.from([0xff]), Buffer.from(SECRET)]).toString('base64');
  const { runId } = await stage.api.launch(
    requestOf('decision', {
      context: `Plainly ${SECRET}`,
      extensions: {
        words: { encoding: 'text', text: SECRET },
        code: { encoding: 'text', text: '735519046213' },
        quoted: { encoding: 'json', json: SECRET },
        list: { encoding: 'text', text: JSON.stringify([{ other: 'x' }, [SECRET]]) },
        bytes: { encoding: 'base64', base64: bytes },
        fields: { encoding: 'json', json: { reason: SECRET, other: 'kept' } },
      },
    }),
  );
  await stage.api.untilStatus(runId, 'running');
  const opening = await stage.api.untilEvent(
    runId,
    ({ type, data }) => type === 'message.received' && 'messageType' in data && data.messageType === 'SessionStart',
  );
  const withheld = '[redacted]';
  expect(opening.data).toMatchObject({
    payload: {
      extensions: {
        context: withheld,
        words: withheld,
        code: withheld,
        quoted: withheld,
        list: withheld,
        bytes: withheld,
        fields: { reason: withheld, other: 'kept' },
      },
    },
  });
  for (const path of ['', '/export?includeRaw=true', '/events', '/state']) {
    const text = JSON.stringify(await stage.api.ok('GET', `/runs/${runId}${path}`));
    for (const secret of [SECRET, '735519046213', bytes]) expect(text, path).not.toContain(secret);
  }
  await stage.api.command(runId, 'cancel');
});

interface RawAck {
  readonly kind: string;
  readonly info: { readonly message: object };
}
