import type { EventData, EventDraft } from '../../contracts/events.js';
import type { Heard } from './heard.js';
import { toPercentage } from './percentage.js';
import { NOTHING_MORE, type Reading } from './reading.js';
import { isBlank, numberIn, textIn } from './text.js';
import type { Report } from './told.js';

/** A Progress message, ambient or not: exactly one progress.reported. */
export function readProgress(heard: Heard): Reading {
  const { payload } = heard;
  const percentage = toPercentage(numberIn(payload, 'progress'), numberIn(payload, 'total'));
  const draft = drafted(heard, {
    ...heard.header,
    percentage,
    message: textIn(payload, 'message'),
    ...named('progressToken', textIn(payload, 'progressToken')),
    ...named('targetMessageId', textIn(payload, 'targetMessageId')),
    member: heard.member || !heard.ambient,
  });
  return { ...NOTHING_MORE, progress: [draft] };
}

/** The report on a task that a message of task mode carries. */
export function reportDraft(heard: Heard, report: Report, to: readonly string[]): EventDraft {
  const { percentage, message, taskId } = report;
  return drafted(heard, { ...heard.header, to, percentage, message, ...named('taskId', taskId) });
}

function drafted(heard: Heard, data: EventData['progress.reported']): EventDraft {
  return { ...heard.at, type: 'progress.reported', subject: { kind: 'message', id: heard.fallbackId }, data };
}

function named<K extends string>(name: K, text: string): { readonly [P in K]?: string } {
  // A single computed key has the type of its name; TypeScript widens it to string.
  return isBlank(text) ? {} : ({ [name]: text } as { [P in K]: string });
}
