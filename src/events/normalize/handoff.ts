import { firstText, isBlank, textIn } from './text.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ModeTable, Told } from './told.js';

/** `macp.mode.handoff.v1`. An accept that the runtime makes itself after its timeout is one like any other. */
export const HANDOFF: ModeTable = {
  HandoffOffer: (payload) => {
    const scope = textIn(payload, 'scope');
    const targetParticipant = textIn(payload, 'targetParticipant');
    return {
      ...told(payload, firstText(scope, 'handoff'), { targetParticipant, scope }),
      type: 'proposal.created',
      to: isBlank(targetParticipant) ? [] : [targetParticipant],
    };
  },
  HandoffContext: (payload) => told(payload, 'CONTEXT', { contentType: textIn(payload, 'contentType') }),
  HandoffAccept: (payload, sender) =>
    told(payload, 'ACCEPT', {
      acceptedBy: firstText(textIn(payload, 'acceptedBy'), sender),
      implicit: payload['implicit'] === true,
    }),
  HandoffDecline: (payload, sender) =>
    told(payload, 'DECLINE', { declinedBy: firstText(textIn(payload, 'declinedBy'), sender) }),
};

function told(payload: JsonObject, action: string, flat: JsonObject): Told {
  const handoffId = textIn(payload, 'handoffId');
  return { type: 'proposal.updated', subjectId: handoffId, action, flat: { handoffId, ...flat } };
}
