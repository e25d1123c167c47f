import { expect, it } from 'vitest';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { CAST_ENV, CAST_TOKENS, Stage, requestOf, staticTokenFor } from '../../support/stage.js';
import { describeRunBehaviours } from './behaviours.js';

describeRunBehaviours('the embedded runtime', startEmbedded);

it('a resumed run has its new deadline, even where nobody tells us of changes', async () => {
  // Nobody knows the control plane itself, so that it hears of the session what it is told as its initiator.
  const env = { ...CAST_ENV, RUNTIME_SERVICE_TOKEN: 'token-nobody' };
  const stage = await Stage.open(await startEmbedded({ tokens: CAST_TOKENS }), env, staticTokenFor);
  const { runId } = await stage.api.launch(requestOf('decision'));
  await stage.api.untilStatus(runId, 'running');
  expect(await stage.api.command(runId, 'suspend')).toMatchObject({ status: 200, body: { status: 'suspended' } });
  expect(await stage.api.command(runId, 'resume')).toMatchObject({ status: 200, body: { status: 'running' } });
  const events = await stage.api.events(runId);
  const opened = events.flatMap((event) =>
    event.type === 'session.state.changed' && event.data.state === 'SESSION_STATE_OPEN' ? [event.data] : [],
  );
  expect(opened[1]).toMatchObject({ via: 'ack', by: 'agent://lead' });
  const [first, second] = opened.map(({ expiresAt = '' }) => expiresAt);
  expect(second! > first!).toBe(true);
  await stage.close();
});
