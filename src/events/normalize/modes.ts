import { MODE } from '../../contracts/modes.js';
import { DECISION } from './decision.js';
import { HANDOFF } from './handoff.js';
import { MULTI_ROUND } from './multi-round.js';
import { PROPOSAL } from './proposal.js';
import { QUORUM } from './quorum.js';
import { TASK } from './task.js';
import type { MessageRule, ModeTable } from './told.js';

/** The modes in which a Commitment is evaluated against the bound policy. */
const STANDARD: ReadonlyMap<string, ModeTable> = new Map([
  [MODE.decision, DECISION],
  [MODE.proposal, PROPOSAL],
  [MODE.task, TASK],
  [MODE.handoff, HANDOFF],
  [MODE.quorum, QUORUM],
]);

const KNOWN: ReadonlyMap<string, ModeTable> = new Map([...STANDARD, [MODE.multiRound, MULTI_ROUND]]);

export function ruleOf(mode: string, messageType: string): MessageRule | undefined {
  const table = KNOWN.get(mode);
  return table && Object.hasOwn(table, messageType) ? table[messageType] : undefined;
}

export function isStandardMode(mode: string): boolean {
  return STANDARD.has(mode);
}

/** A mode registered at run time; its payloads are whatever its agents agreed on. */
export function isDynamicMode(mode: string): boolean {
  return !KNOWN.has(mode);
}
