import {
  TaskAcceptPayloadSchema,
  TaskCompletePayloadSchema,
  TaskFailPayloadSchema,
  TaskRequestPayloadSchema,
  TaskUpdatePayloadSchema,
} from '../../gen/macp/modes/task/v1/task_pb.js';
import { ProgressPayloadSchema } from '../../gen/macp/v1/core_pb.js';
import type { CastingOf, Tendency } from '../cast.js';
import { commit, heard, introduce, others, say } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

/**
 * The planner asks for the work (as kickoff) and commits what is reported. Whom the request names – or the first of the
 * others – accepts, reports half-way, and delivers or gives up.
 */
export const castTask: CastingOf<AgentScript> = ({ initiator, others: workers }, tendency) => [
  { ...initiator, decide: (seen) => [introduce(seen, initiator.role), ...concluded(seen)] },
  ...workers.map(({ id, role }): AgentScript => ({
    id,
    role,
    decide: (seen) => [introduce(seen, role), ...worked(seen, tendency)],
  })),
];

function worked(seen: Seen, tendency: Tendency): AgentMessage[] {
  const request = heard(seen, TaskRequestPayloadSchema)[0]?.body;
  if (!request || (request.requestedAssignee || others(seen)[0]) !== seen.self) return [];
  const { taskId } = request;
  return [
    say('accept', 'TaskAccept', TaskAcceptPayloadSchema, { taskId, assignee: seen.self, reason: 'I have the sources' }),
    say('reading', 'Progress', ProgressPayloadSchema, {
      progressToken: taskId,
      progress: 1,
      total: 4,
      message: 'reading the change log',
    }),
    say('update', 'TaskUpdate', TaskUpdatePayloadSchema, {
      taskId,
      status: 'drafting',
      progress: 0.5,
      message: 'first draft is half done',
    }),
    tendency === 'agreeing' ? delivered(taskId, seen.self) : gaveUp(taskId, seen.self),
  ];
}

function delivered(taskId: string, assignee: string): AgentMessage {
  return say('complete', 'TaskComplete', TaskCompletePayloadSchema, {
    taskId,
    assignee,
    summary: 'release notes for v2.1, 14 entries',
    output: new TextEncoder().encode(JSON.stringify({ document: 'release-notes-v2.1.md', entries: 14 })),
  });
}

function gaveUp(taskId: string, assignee: string): AgentMessage {
  return say('fail', 'TaskFail', TaskFailPayloadSchema, {
    taskId,
    assignee,
    errorCode: 'SOURCES_MISSING',
    reason: 'half of the change log is missing, and nobody can tell what changed',
    retryable: true,
  });
}

function concluded(seen: Seen): AgentMessage[] {
  const complete = heard(seen, TaskCompletePayloadSchema)[0]?.body;
  const fail = heard(seen, TaskFailPayloadSchema)[0]?.body;
  const accepted = heard(seen, TaskAcceptPayloadSchema)[0]?.sender ?? 'nobody';
  if (complete) {
    const reason = `${accepted} delivered ${complete.summary}`;
    return commit(seen, { action: 'task.completed', positive: true, scope: 'documentation', reason });
  }
  if (fail)
    return commit(seen, { action: 'task.failed', positive: false, scope: 'documentation', reason: fail.reason });
  return [];
}
