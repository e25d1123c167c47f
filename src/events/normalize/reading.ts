import type { EventDraft, FlatFields } from '../../contracts/events.js';
import type { StateChange } from '../lifecycle.js';

/** What one envelope says besides that it was received. The lists are in the order in which they are recorded. */
export interface Reading {
  /** Flat fields of message.received, proposalId, action and reasons included. */
  readonly flat: FlatFields;
  readonly to: readonly string[];
  /** proposal.*, decision.finalized, signal.*, tool.*, policy.*. */
  readonly derived: readonly EventDraft[];
  readonly progress: readonly EventDraft[];
  readonly evaluated: readonly EventDraft[];
  readonly change: StateChange | undefined;
}

export const NOTHING_MORE: Reading = { flat: {}, to: [], derived: [], progress: [], evaluated: [], change: undefined };
