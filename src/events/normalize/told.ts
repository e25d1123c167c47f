import type { FlatFields } from '../../contracts/events.js';
import type { JsonObject } from '../../contracts/json.js';

/** A report of how far something has come. */
export interface Report {
  /** 0–100, or null. */
  readonly percentage: number | null;
  readonly message: string;
  readonly taskId: string;
}

/** What one message of a mode says about the thing under decision. */
export interface Told {
  readonly type: 'proposal.created' | 'proposal.updated';
  /** Proposal, task, handoff, request or contribution; '' when the sender left it blank. */
  readonly subjectId: string;
  readonly action: string;
  /** Flat fields besides proposalId, action, reason. */
  readonly flat: FlatFields;
  /** Default: the payload's reason, unless blank. */
  readonly reasons?: readonly string[];
  readonly to?: readonly string[];
  readonly report?: Report;
}

/** How one message type of one mode is read. */
export type MessageRule = (payload: JsonObject, sender: string) => Told;

/** The message types of one mode. */
export type ModeTable = Readonly<Record<string, MessageRule>>;

/** The word in capitals if it belongs to the vocabulary; senders may write it in any case. */
export function wordOf(text: string, vocabulary: readonly string[]): string | undefined {
  const word = text.trim().toUpperCase();
  return vocabulary.includes(word) ? word : undefined;
}
