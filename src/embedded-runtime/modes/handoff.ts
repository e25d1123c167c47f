import { create, toBinary } from '@bufbuild/protobuf';
import {
  HandoffAcceptPayloadSchema,
  HandoffContextPayloadSchema,
  HandoffDeclinePayloadSchema,
  HandoffOfferPayloadSchema,
} from '../../gen/macp/modes/handoff/v1/handoff_pb.js';
import { refuse, type Refusal } from '../errors.js';
import { bindRules, faultOf, handoffRules, type BoundRules, type HandoffRules } from '../policies/rules.js';
import { admit, byPolicy, defineMode, isInitiator, isMember, step, type DueMessage } from './mode.js';

/** Ids of the acceptances that the runtime writes itself; no client may use one. */
const IMPLICIT_ACCEPT_PREFIX = 'implicit-accept:';
const IMPLICIT_REASON = 'implicit accept (timeout)';

interface Offer {
  readonly handoff_id: string;
  readonly target_participant: string;
  readonly scope: string;
  readonly reason: string;
  readonly offered_by: string;
  disposition: 'Offered' | 'Accepted' | 'Declined';
  accepted_by: string | null;
  declined_by: string | null;
  outcome_reason: string | null;
  readonly offered_at_ms: number;
}

interface Context {
  readonly content_type: string;
  readonly context: Uint8Array;
  readonly sender: string;
}

interface HandoffState {
  readonly bound: BoundRules<HandoffRules>;
  readonly offers: Map<string, Offer>;
  readonly contexts: Map<string, Context[]>;
  open: Offer | undefined;
  /** Time the open offer has spent in suspension; it does not count towards the implicit acceptance. */
  openPausedMs: number;
  accepted: boolean;
  /** Whether any offer has been answered, either way. */
  answered: boolean;
}

const INVALID = refuse('InvalidPayload');
const FORBIDDEN = refuse('Forbidden');

function accept(state: HandoffState, offer: Offer, reason: string): void {
  offer.disposition = 'Accepted';
  offer.accepted_by = offer.target_participant;
  offer.outcome_reason = reason;
  state.open = undefined;
  state.accepted = true;
  state.answered = true;
}

function decline(state: HandoffState, offer: Offer, reason: string): void {
  offer.disposition = 'Declined';
  offer.declined_by = offer.target_participant;
  offer.outcome_reason = reason;
  state.open = undefined;
  state.answered = true;
}

/** The open offer that `sender` answers under the name `named`, or what speaks against it. */
function answered(state: HandoffState, handoffId: string, sender: string, named: string): Offer | Refusal {
  const offer = state.offers.get(handoffId);
  if (!offer) return INVALID;
  if (offer.target_participant !== sender) return FORBIDDEN;
  if (offer.disposition !== 'Offered') return INVALID;
  return named === '' || named === sender ? offer : INVALID;
}

function isRefusal(value: Offer | Refusal): value is Refusal {
  return 'ok' in value;
}

/** The acceptance that the runtime writes when the open offer has waited longer than the policy allows. */
function implicitAccept(state: HandoffState, now: number): DueMessage | undefined {
  const { open } = state;
  const timeoutMs = state.bound.rules.acceptance.implicit_accept_timeout_ms;
  if (!open || timeoutMs === 0) return undefined;
  const deadline = open.offered_at_ms + state.openPausedMs + timeoutMs;
  if (now < deadline) return undefined;
  const payload = create(HandoffAcceptPayloadSchema, {
    handoffId: open.handoff_id,
    acceptedBy: open.target_participant,
    reason: IMPLICIT_REASON,
    implicit: true,
  });
  return {
    messageId: `${IMPLICIT_ACCEPT_PREFIX}${open.handoff_id}`,
    messageType: 'HandoffAccept',
    sender: open.target_participant,
    payload: toBinary(HandoffAcceptPayloadSchema, payload),
    timestamp: deadline,
    apply: () => accept(state, open, IMPLICIT_REASON),
  };
}

export const handoffMode = defineMode<HandoffState>({
  begin: ({ participants, members, initiator, policy }) =>
    participants.length >= 2 && members.has(initiator)
      ? {
          bound: bindRules(handoffRules, policy.rules),
          offers: new Map(),
          contexts: new Map(),
          open: undefined,
          openPausedMs: 0,
          accepted: false,
          answered: false,
        }
      : undefined,
  unknownType: 'InvalidPayload',
  mayCommit: byPolicy,
  steps: {
    HandoffOffer: step(HandoffOfferPayloadSchema, isInitiator, (state, payload, { sender, at }, { members }) => {
      const { handoffId, targetParticipant, scope, reason } = payload;
      if (handoffId === '' || state.offers.has(handoffId)) return INVALID;
      if (!members.has(targetParticipant) || targetParticipant === sender) return INVALID;
      if (state.open || state.accepted) return INVALID;
      return admit(() => {
        const offer: Offer = {
          handoff_id: handoffId,
          target_participant: targetParticipant,
          scope,
          reason,
          offered_by: sender,
          disposition: 'Offered',
          accepted_by: null,
          declined_by: null,
          outcome_reason: null,
          offered_at_ms: at,
        };
        state.offers.set(handoffId, offer);
        state.open = offer;
        state.openPausedMs = 0;
      });
    }),
    HandoffContext: step(HandoffContextPayloadSchema, isMember, (state, payload, { sender }) => {
      const { handoffId, contentType, context } = payload;
      const offer = state.offers.get(handoffId);
      if (!offer) return INVALID;
      if (offer.offered_by !== sender) return FORBIDDEN;
      return admit(() => {
        const contexts = state.contexts.get(handoffId) ?? [];
        contexts.push({ content_type: contentType, context, sender });
        state.contexts.set(handoffId, contexts);
      });
    }),
    HandoffAccept: step(HandoffAcceptPayloadSchema, isMember, (state, payload, { sender }) => {
      if (payload.implicit) return INVALID;
      const offer = answered(state, payload.handoffId, sender, payload.acceptedBy);
      if (isRefusal(offer)) return offer;
      return admit(() => accept(state, offer, payload.reason));
    }),
    HandoffDecline: step(HandoffDeclinePayloadSchema, isMember, (state, payload, { sender }) => {
      const offer = answered(state, payload.handoffId, sender, payload.declinedBy);
      if (isRefusal(offer)) return offer;
      return admit(() => decline(state, offer, payload.reason));
    }),
  },
  isReady: (state) => state.answered,
  denials: ({ bound }) => faultOf(bound),
  committed: () => undefined,
  describe: ({ offers, contexts }) => ({
    offers: Object.fromEntries([...offers].map(([id, offer]) => [id, { ...offer }])),
    contexts: Object.fromEntries(
      [...contexts].map(([id, given]) => [id, given.map((item) => ({ ...item, context: [...item.context] }))]),
    ),
  }),
  due: implicitAccept,
  reserves: (messageId) => messageId.startsWith(IMPLICIT_ACCEPT_PREFIX),
  resumed: (state, pausedMs) => {
    if (state.open) state.openPausedMs += pausedMs;
  },
});
