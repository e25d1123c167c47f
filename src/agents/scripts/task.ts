import {
  TaskAcceptPayloadSchema,
  TaskCompletePayloadSchema,
  TaskFailPayloadSchema,
  TaskRequestPayloadSchema,
  TaskUpdatePayloadSchema,
} from '../../gen/macp/modes/task/v1/task_pb.js';
import { ProgressPayloadSchema } from '../../gen/macp/v1/core_pb.js';
import { commit, heard, introduce, say } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

/** Asks for the work (as kickoff) and commits what the worker reports. */
const planner: AgentScript = {
  id: 'agent://planner',
  role: 'coordination',
  decide: (seen) => [introduce(seen, 'coordination'), ...concluded(seen)],
};

/** Accepts, reports half-way, and delivers. */
const writer: AgentScript = {
  id: 'agent://writer',
  role: 'documentation',
  decide: (seen) => [introduce(seen, 'documentation'), ...worked(seen)],
};

export const taskScript: readonly AgentScript[] = [planner, writer];

function worked(seen: Seen): AgentMessage[] {
  const request = heard(seen, TaskRequestPayloadSchema)[0]?.body;
  if (!request) return [];
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
    say('complete', 'TaskComplete', TaskCompletePayloadSchema, {
      taskId,
      assignee: seen.self,
      summary: 'release notes for v2.1, 14 entries',
      output: new TextEncoder().encode(JSON.stringify({ document: 'release-notes-v2.1.md', entries: 14 })),
    }),
  ];
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
