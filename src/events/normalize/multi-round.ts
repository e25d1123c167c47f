import { cut } from '../../contracts/text.js';
import { textIn } from './text.js';
import type { ModeTable } from './told.js';

/** Longest contribution shown as an action, in UTF-16 units. */
const ACTION_UNITS_MAX = 200;

/** `ext.multi_round.v1`: a sender's contributions are one thing that changes its value. */
export const MULTI_ROUND: ModeTable = {
  Contribute: (payload, sender) => {
    const value = textIn(payload, 'value');
    return {
      type: 'proposal.updated',
      subjectId: `contribution:${sender}`,
      action: cut(value, ACTION_UNITS_MAX),
      flat: { value },
    };
  },
};
