import type { JsonObject } from '../../contracts/json.js';
import {
  TaskAcceptPayloadSchema,
  TaskCompletePayloadSchema,
  TaskFailPayloadSchema,
  TaskRejectPayloadSchema,
  TaskRequestPayloadSchema,
  TaskUpdatePayloadSchema,
} from '../../gen/macp/modes/task/v1/task_pb.js';
import { refuse, type Refusal } from '../errors.js';
import { denyTask } from '../policies/evaluate.js';
import { bindRules, taskRules, type BoundRules, type TaskRules } from '../policies/rules.js';
import { admit, byPolicy, defineMode, isInitiator, isMember, step, type Binding } from './mode.js';

interface Task {
  readonly task_id: string;
  readonly title: string;
  readonly instructions: string;
  readonly requested_assignee: string;
  readonly input: Uint8Array;
  readonly deadline_unix_ms: number;
}

interface Update {
  readonly task_id: string;
  readonly status: string;
  readonly progress: number;
  readonly message: string;
  readonly partial_output: Uint8Array;
  readonly sender: string;
}

/** The terminal word of the assignee; a failure has no output. */
interface Report {
  readonly kind: 'Complete' | 'Fail';
  readonly body: JsonObject;
  readonly output?: Uint8Array;
}

interface TaskState {
  readonly bound: BoundRules<TaskRules>;
  task: Task | undefined;
  assignee: string | undefined;
  readonly rejections: JsonObject[];
  readonly rejecters: Set<string>;
  readonly updates: Update[];
  report: Report | undefined;
}

const INVALID = refuse('InvalidPayload');
const FORBIDDEN = refuse('Forbidden');

/** The one asked, or, if nobody was named, any participant but the initiator. */
function isEligible(task: Task, sender: string, { initiator }: Binding): boolean {
  return task.requested_assignee === '' ? sender !== initiator : sender === task.requested_assignee;
}

/** What speaks against an answer to the request; undefined = nothing. What is malformed comes before what is not allowed. */
function refuseAnswer(
  state: TaskState,
  { taskId, assignee }: { readonly taskId: string; readonly assignee: string },
  sender: string,
  binding: Binding,
): Refusal | undefined {
  if (state.task?.task_id !== taskId || !names(assignee, sender)) return INVALID;
  return isEligible(state.task, sender, binding) ? undefined : FORBIDDEN;
}

/** What speaks against a word from the one at work; undefined = nothing. */
function refuseWork(state: TaskState, taskId: string, sender: string): Refusal | undefined {
  if (state.task?.task_id !== taskId) return INVALID;
  return state.assignee !== sender || state.report ? FORBIDDEN : undefined;
}

function names(assignee: string, sender: string): boolean {
  return assignee === '' || assignee === sender;
}

function describeReport({ body, output }: Report): JsonObject {
  return output ? { ...body, output: [...output] } : body;
}

export const taskMode = defineMode<TaskState>({
  begin: ({ participants, initiator, policy }) =>
    participants.some((party) => party !== initiator)
      ? {
          bound: bindRules(taskRules, policy.rules),
          task: undefined,
          assignee: undefined,
          rejections: [],
          rejecters: new Set(),
          updates: [],
          report: undefined,
        }
      : undefined,
  unknownType: 'InvalidPayload',
  mayCommit: byPolicy,
  steps: {
    TaskRequest: step(TaskRequestPayloadSchema, isInitiator, (state, payload, _message, { members }) => {
      const { taskId, title, instructions, requestedAssignee, input, deadlineUnixMs } = payload;
      if (state.task || taskId === '') return INVALID;
      if (requestedAssignee !== '' && !members.has(requestedAssignee)) return INVALID;
      return admit(() => {
        state.task = {
          task_id: taskId,
          title,
          instructions,
          requested_assignee: requestedAssignee,
          input,
          deadline_unix_ms: Number(deadlineUnixMs),
        };
      });
    }),
    TaskAccept: step(TaskAcceptPayloadSchema, isMember, (state, payload, { sender }, binding) => {
      if (state.assignee !== undefined) return INVALID;
      const refusal = refuseAnswer(state, payload, sender, binding);
      if (refusal) return refusal;
      if (state.rejections.length > 0 && !state.bound.rules.assignment.allow_reassignment_on_reject) {
        return refuse('PolicyDenied', ['the policy does not allow another assignment after a rejection']);
      }
      return admit(() => {
        state.assignee = sender;
      });
    }),
    TaskReject: step(TaskRejectPayloadSchema, isMember, (state, payload, { sender }, binding) => {
      if (state.assignee !== undefined && state.assignee !== sender) return INVALID;
      const refusal = refuseAnswer(state, payload, sender, binding);
      if (refusal) return refusal;
      if (state.rejecters.has(sender)) return INVALID;
      if (state.assignee === sender && !state.bound.rules.assignment.allow_reassignment_on_reject) {
        return refuse('PolicyDenied', ['the policy does not let the active assignee give the task back']);
      }
      return admit(() => {
        state.rejections.push({ task_id: payload.taskId, assignee: sender, reason: payload.reason });
        state.rejecters.add(sender);
        state.assignee = undefined;
      });
    }),
    TaskUpdate: step(TaskUpdatePayloadSchema, isMember, (state, payload, { sender }) => {
      const { taskId, status, progress, message, partialOutput } = payload;
      const refusal = refuseWork(state, taskId, sender);
      if (refusal) return refusal;
      return admit(() => {
        state.updates.push({ task_id: taskId, status, progress, message, partial_output: partialOutput, sender });
      });
    }),
    TaskComplete: step(TaskCompletePayloadSchema, isMember, (state, payload, { sender }) => {
      const { taskId, assignee, output, summary } = payload;
      const refusal = refuseWork(state, taskId, sender);
      if (refusal) return refusal;
      if (!names(assignee, sender)) return INVALID;
      return admit(() => {
        state.report = { kind: 'Complete', body: { task_id: taskId, assignee: sender, summary }, output };
      });
    }),
    TaskFail: step(TaskFailPayloadSchema, isMember, (state, payload, { sender }) => {
      const { taskId, assignee, errorCode, reason, retryable } = payload;
      const refusal = refuseWork(state, taskId, sender);
      if (refusal) return refusal;
      if (!names(assignee, sender)) return INVALID;
      return admit(() => {
        const body = { task_id: taskId, assignee: sender, error_code: errorCode, reason, retryable };
        state.report = { kind: 'Fail', body };
      });
    }),
  },
  isReady: ({ report }) => report !== undefined,
  denials: ({ bound, report }, commitment) =>
    denyTask(bound, (report?.output?.length ?? 0) > 0, commitment.outcomePositive),
  committed: () => undefined,
  describe: ({ task, assignee, rejections, updates, report }) => ({
    task: task ? { ...task, input: [...task.input] } : null,
    active_assignee: assignee ?? null,
    rejections: [...rejections],
    updates: updates.map((update) => ({ ...update, partial_output: [...update.partial_output] })),
    terminal_report: report ? { [report.kind]: describeReport(report) } : null,
  }),
});
