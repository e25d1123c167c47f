import { expect, it } from 'vitest';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

it('counts what the stream shows and what was refused, not what was merely sent', () => {
  const log = new RunStory(MODE.decision, ['alice'], 'alice').begin();
  log.add('message.sent', log.header('Proposal', 'alice')).message('Proposal', 'alice');
  log.message('Progress', 'alice', { ambient: true });
  log.message('Vote', 'alice', { payloadEncoding: 'undecodable' });
  log.add('message.send_failed', { errorCode: 'FORBIDDEN', errorMessage: 'no' });
  expect(log.view().outboundMessages).toEqual({ total: 3, queued: 0, accepted: 2, rejected: 1 });
});
