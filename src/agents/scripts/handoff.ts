import {
  HandoffAcceptPayloadSchema,
  HandoffContextPayloadSchema,
  HandoffDeclinePayloadSchema,
  HandoffOfferPayloadSchema,
} from '../../gen/macp/modes/handoff/v1/handoff_pb.js';
import { commit, heard, introduce, say } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

/** Offers the case and hands over its context (both as kickoff), then commits the answer. */
const frontdesk: AgentScript = {
  id: 'agent://frontdesk',
  role: 'front desk',
  decide: (seen) => [introduce(seen, 'front desk'), ...concluded(seen)],
};

/** Takes the case once it has read the context. */
const billing: AgentScript = {
  id: 'agent://billing',
  role: 'billing',
  decide: (seen) => [introduce(seen, 'billing'), ...answered(seen)],
};

export const handoffScript: readonly AgentScript[] = [frontdesk, billing];

function answered(seen: Seen): AgentMessage[] {
  const offer = heard(seen, HandoffOfferPayloadSchema).find(({ body }) => body.targetParticipant === seen.self)?.body;
  const context = heard(seen, HandoffContextPayloadSchema).some(({ body }) => body.handoffId === offer?.handoffId);
  if (!offer || !context) return [];
  return [
    say('accept', 'HandoffAccept', HandoffAcceptPayloadSchema, {
      handoffId: offer.handoffId,
      acceptedBy: seen.self,
      reason: 'the invoice is ours, and the context is complete',
    }),
  ];
}

function concluded(seen: Seen): AgentMessage[] {
  const accept = heard(seen, HandoffAcceptPayloadSchema)[0];
  const decline = heard(seen, HandoffDeclinePayloadSchema)[0];
  const scope = heard(seen, HandoffOfferPayloadSchema)[0]?.body.scope ?? 'handoff';
  if (accept) {
    const reason = `${accept.sender} took over: ${accept.body.reason}`;
    return commit(seen, { action: 'handoff.accepted', positive: true, scope, reason });
  }
  if (decline) {
    const reason = `${decline.sender} declined: ${decline.body.reason}`;
    return commit(seen, { action: 'handoff.declined', positive: false, scope, reason });
  }
  return [];
}
