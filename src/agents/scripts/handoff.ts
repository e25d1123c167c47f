import {
  HandoffAcceptPayloadSchema,
  HandoffContextPayloadSchema,
  HandoffDeclinePayloadSchema,
  HandoffOfferPayloadSchema,
} from '../../gen/macp/modes/handoff/v1/handoff_pb.js';
import type { CastingOf, Tendency } from '../cast.js';
import { commit, heard, introduce, say } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

/**
 * The front desk offers the case and hands over its context (both as kickoff), then commits the answer. Whom the offer
 * names answers once it has read the context; anybody else only looks on.
 */
export const castHandoff: CastingOf<AgentScript> = ({ initiator, others }, tendency) => [
  { ...initiator, decide: (seen) => [introduce(seen, initiator.role), ...concluded(seen)] },
  ...others.map(({ id, role }): AgentScript => ({
    id,
    role,
    decide: (seen) => [introduce(seen, role), ...answered(seen, tendency)],
  })),
];

function answered(seen: Seen, tendency: Tendency): AgentMessage[] {
  const offer = heard(seen, HandoffOfferPayloadSchema).find(({ body }) => body.targetParticipant === seen.self)?.body;
  const context = heard(seen, HandoffContextPayloadSchema).some(({ body }) => body.handoffId === offer?.handoffId);
  if (!offer || !context) return [];
  const { handoffId } = offer;
  if (tendency === 'refusing') {
    const reason = 'the amount is above what we may settle; legal has to see it';
    return [
      say('decline', 'HandoffDecline', HandoffDeclinePayloadSchema, { handoffId, declinedBy: seen.self, reason }),
    ];
  }
  const reason = 'the invoice is ours, and the context is complete';
  return [say('accept', 'HandoffAccept', HandoffAcceptPayloadSchema, { handoffId, acceptedBy: seen.self, reason })];
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
