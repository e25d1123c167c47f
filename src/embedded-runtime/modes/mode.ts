import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { JsonObject } from '../../contracts/json.js';
import type { CommitmentPayload } from '../../gen/macp/v1/core_pb.js';
import { checkCommitment } from '../commitment.js';
import { refuse, type Refusal } from '../errors.js';
import { decodePayload } from '../payload.js';
import type { Authority } from '../policies/authority.js';
import type { PolicyDefinition } from '../policies/definition.js';
import { CommitmentPayloadSchema } from '../../gen/macp/v1/core_pb.js';

/** What a session is bound to from its start on. */
export interface Binding {
  readonly initiator: string;
  readonly participants: readonly string[];
  readonly members: ReadonlySet<string>;
  readonly modeVersion: string;
  readonly configurationVersion: string;
  readonly policy: PolicyDefinition;
  /** Whom the policy lets commit. */
  readonly authority: Authority;
}

export interface ModeMessage {
  readonly type: string;
  readonly sender: string;
  readonly payload: Uint8Array;
  /** Epoch milliseconds of the acceptance, the only clock a mode may look at. */
  readonly at: number;
}

/** Nothing has changed yet: `apply` does it, once the message is stored. */
export interface Admission {
  readonly ok: true;
  readonly apply: () => void;
  /** Only on an accepted Commitment, which ends the session. */
  readonly resolves?: true;
}
export type Judgement = Refusal | Admission;

export function admit(apply: () => void): Admission {
  return { ok: true, apply };
}

/** One session's mode: its rules bound to its state. */
export interface ModeRun {
  judge(message: ModeMessage): Judgement;
  /** The state in the spelling of the conformance fixtures. */
  describe(): JsonObject;
  /** A message that the runtime has to make at `now`; only Handoff ever has one. */
  due(now: number): DueMessage | undefined;
  /** Whether clients must not use this message id. */
  reserves(messageId: string): boolean;
  /** Tells the mode of a pause that has ended. */
  resumed(pausedMs: number): void;
}

/** A message that the runtime itself appends to the history. */
export interface DueMessage {
  readonly messageId: string;
  readonly messageType: string;
  readonly sender: string;
  readonly payload: Uint8Array;
  readonly timestamp: number;
  readonly apply: () => void;
}

export interface Step<S> {
  /** The right to send this type at all; checked before the payload is looked at. */
  readonly may: (sender: string, binding: Binding, state: S) => boolean;
  readonly judge: (state: S, message: ModeMessage, binding: Binding) => Judgement;
}

/** The rules of one mode over a state S. */
export interface ModeRules<S> {
  /** Undefined = the mode refuses to start with these participants. */
  readonly begin: (binding: Binding) => S | undefined;
  readonly steps: Readonly<Record<string, Step<S>>>;
  /** What a participant hears for a type that is not in the table. */
  readonly unknownType: 'Forbidden' | 'InvalidPayload';
  readonly mayCommit: (sender: string, binding: Binding) => boolean;
  /** Whether the state of the negotiation allows a Commitment of either kind. */
  readonly isReady: (state: S, commitment: CommitmentPayload, binding: Binding) => boolean;
  /** Why the policy denies this Commitment; empty = it does not. */
  readonly denials: (state: S, commitment: CommitmentPayload, binding: Binding) => readonly string[];
  readonly committed: (state: S) => void;
  readonly describe: (state: S) => JsonObject;
  readonly due?: (state: S, now: number) => DueMessage | undefined;
  readonly reserves?: (messageId: string) => boolean;
  readonly resumed?: (state: S, pausedMs: number) => void;
}

/** A mode, ready to be bound to sessions. */
export interface Mode {
  begin(binding: Binding): ModeRun | undefined;
}

/** A step with a decoded payload. */
export function step<S, D extends DescMessage>(
  schema: D,
  may: Step<S>['may'],
  judge: (state: S, payload: MessageShape<D>, message: ModeMessage, binding: Binding) => Judgement,
): Step<S> {
  return {
    may,
    judge: (state, message, binding) => {
      const payload = decodePayload(schema, message.payload);
      return payload ? judge(state, payload, message, binding) : refuse('InvalidPayload');
    },
  };
}

export const isMember = (sender: string, binding: Binding): boolean => binding.members.has(sender);
export const isInitiator = (sender: string, binding: Binding): boolean => sender === binding.initiator;
export const byPolicy = (sender: string, binding: Binding): boolean => binding.authority(sender);

export function defineMode<S>(rules: ModeRules<S>): Mode {
  const steps = new Map(Object.entries(rules.steps));
  return {
    begin(binding) {
      const state = rules.begin(binding);
      if (state === undefined) return undefined;
      return {
        judge: (message) => judge(rules, steps, state, message, binding),
        describe: () => rules.describe(state),
        due: (now) => rules.due?.(state, now),
        reserves: (messageId) => rules.reserves?.(messageId) ?? false,
        resumed: (pausedMs) => rules.resumed?.(state, pausedMs),
      };
    },
  };
}

function judge<S>(
  rules: ModeRules<S>,
  steps: ReadonlyMap<string, Step<S>>,
  state: S,
  message: ModeMessage,
  binding: Binding,
): Judgement {
  if (message.type === 'Commitment') return judgeCommitment(rules, state, message, binding);
  const known = steps.get(message.type);
  if (!known) return refuse(isMember(message.sender, binding) ? rules.unknownType : 'Forbidden');
  if (!known.may(message.sender, binding, state)) return refuse('Forbidden');
  return known.judge(state, message, binding);
}

/** Authority, then the common checks, then readiness, then the policy. */
function judgeCommitment<S>(rules: ModeRules<S>, state: S, message: ModeMessage, binding: Binding): Judgement {
  if (!rules.mayCommit(message.sender, binding)) return refuse('Forbidden');
  const commitment = decodePayload(CommitmentPayloadSchema, message.payload);
  if (!commitment || !checkCommitment(commitment, binding)) return refuse('InvalidPayload');
  if (!rules.isReady(state, commitment, binding)) return refuse('InvalidPayload');
  const reasons = rules.denials(state, commitment, binding);
  if (reasons.length > 0) return refuse('PolicyDenied', reasons);
  return { ok: true, resolves: true, apply: () => rules.committed(state) };
}
