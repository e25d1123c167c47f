import type { JsonObject } from '../../contracts/json.js';
import { isoTime } from '../../contracts/time.js';
import { cut } from '../../contracts/text.js';
import { toPercentage } from './percentage.js';
import { firstText, isBlank, numberIn, textIn, withoutBlanks } from './text.js';
import type { MessageRule, ModeTable, Report, Told } from './told.js';

/** Longest instructions shown as the reason of a task, in UTF-16 units. */
const INSTRUCTIONS_UNITS_MAX = 500;

/** `macp.mode.task.v1`. */
export const TASK: ModeTable = {
  TaskRequest: (payload) => {
    const taskId = textIn(payload, 'taskId');
    const title = textIn(payload, 'title');
    const requestedAssignee = textIn(payload, 'requestedAssignee');
    return {
      type: 'proposal.created',
      subjectId: taskId,
      action: firstText(title, taskId),
      flat: { taskId, title, requestedAssignee, ...deadlineIn(payload) },
      reasons: withoutBlanks([cut(textIn(payload, 'instructions'), INSTRUCTIONS_UNITS_MAX)]),
      to: isBlank(requestedAssignee) ? [] : [requestedAssignee],
    };
  },
  TaskAccept: answer('ACCEPT'),
  TaskReject: answer('REJECT'),
  TaskUpdate: (payload) => {
    const taskStatus = textIn(payload, 'status');
    const message = textIn(payload, 'message');
    const percentage = toPercentage(numberIn(payload, 'progress'), 0);
    const report = reportOn(payload, percentage, firstText(message, taskStatus));
    return { ...told(payload, 'UPDATE', { taskStatus, percentage, message }), report };
  },
  TaskComplete: (payload) => {
    const summary = textIn(payload, 'summary');
    const report = reportOn(payload, 100, firstText(summary, 'completed'));
    return { ...told(payload, 'COMPLETE', { summary, percentage: 100 }), report };
  },
  TaskFail: (payload) => {
    const failureCode = textIn(payload, 'errorCode');
    const report = reportOn(payload, null, firstText(textIn(payload, 'reason'), failureCode));
    const flat = { failureCode, retryable: payload['retryable'] === true, percentage: null };
    return { ...told(payload, 'FAIL', flat), report };
  },
};

function answer(action: string): MessageRule {
  return (payload, sender) => told(payload, action, { assignee: firstText(textIn(payload, 'assignee'), sender) });
}

function told(payload: JsonObject, action: string, flat: JsonObject): Told {
  const taskId = textIn(payload, 'taskId');
  return { type: 'proposal.updated', subjectId: taskId, action, flat: { taskId, ...flat } };
}

function reportOn(payload: JsonObject, percentage: number | null, message: string): Report {
  return { percentage, message, taskId: textIn(payload, 'taskId') };
}

/** The ISO time beside the number the runtime sends; neither when no deadline was set. */
function deadlineIn(payload: JsonObject) {
  const deadlineUnixMs = numberIn(payload, 'deadlineUnixMs') ?? 0;
  return deadlineUnixMs > 0 ? { deadline: isoTime(deadlineUnixMs), deadlineUnixMs } : {};
}
