import type { EventDraft, FlatFields } from '../../contracts/events.js';
import type { Heard } from './heard.js';
import { reportDraft } from './progress.js';
import { NOTHING_MORE, type Reading } from './reading.js';
import { firstText, textIn, withoutBlanks } from './text.js';
import type { Told } from './told.js';

/** A message of one of the known modes: the thing it is about, and what it says of it. */
export function readModeMessage(heard: Heard, told: Told): Reading {
  const proposalId = firstText(told.subjectId, heard.fallbackId);
  const to = told.to ?? [];
  const flat = { ...told.flat, ...reasonsOf(heard, told.reasons), proposalId, action: told.action };
  const data = { ...flat, ...heard.header, to };
  const draft: EventDraft = { ...heard.at, type: told.type, subject: { kind: 'proposal', id: proposalId }, data };
  return {
    ...NOTHING_MORE,
    flat,
    to,
    data,
    derived: [draft],
    progress: told.report === undefined ? [] : [reportDraft(heard, told.report, to)],
  };
}

/** `reason` where the payload has one, and `reasons` without blanks. */
export function reasonsOf(heard: Heard, given?: readonly string[]): FlatFields {
  const reason = textIn(heard.payload, 'reason');
  const stated = typeof heard.payload['reason'] === 'string' ? { reason } : {};
  return { ...stated, reasons: given ?? withoutBlanks([reason]) };
}
