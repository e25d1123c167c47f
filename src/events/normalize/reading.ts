import type { EventData, EventDraft, FlatFields } from '../../contracts/events.js';
import type { StateChange } from '../lifecycle.js';

/** What one envelope says besides that it was received. The lists are in the order in which they are recorded. */
export interface Reading {
  /** Flat fields of message.received, proposalId, action and reasons included; absent where `data` is there. */
  readonly flat?: FlatFields;
  readonly to: readonly string[];
  /** The data of message.received where a derived event says the very same; being one object, it is stored once. */
  readonly data?: EventData['message.received'];
  /** proposal.*, decision.finalized, signal.*, tool.*, policy.*. */
  readonly derived: readonly EventDraft[];
  readonly progress: readonly EventDraft[];
  readonly evaluated: readonly EventDraft[];
  readonly change: StateChange | undefined;
}

export const NOTHING_MORE: Reading = { flat: {}, to: [], derived: [], progress: [], evaluated: [], change: undefined };
