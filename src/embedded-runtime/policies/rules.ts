import { z } from 'zod';
import type { JsonObject } from '../../contracts/json.js';

// Shapes only: types are checked here, unknown keys are ignored and missing ones take their defaults, so that an empty
// object is a full set of rules. Ranges are a matter of registration.

const uint = z.int().min(0);

const commitment = z
  .object({ authority: z.string().default('initiator_only'), designated_roles: z.array(z.string()).default([]) })
  .prefault({});

export const commitmentRules = z.object({ commitment });

export const decisionRules = z.object({
  voting: z
    .object({
      algorithm: z.string().default('none'),
      threshold: z.number().default(0.5),
      quorum: z.object({ type: z.string().default('count'), value: z.number().default(0) }).prefault({}),
      weights: z.record(z.string(), z.number()).optional(),
    })
    .prefault({}),
  objection_handling: z
    .object({
      critical_severity_vetoes: z.boolean().default(false),
      veto_threshold: uint.default(1),
      critical_objection_action: z.string().default('deny'),
    })
    .prefault({}),
  evaluation: z
    .object({ required_before_voting: z.boolean().default(false), minimum_confidence: z.number().default(0) })
    .prefault({}),
  commitment: z
    .object({
      authority: z.string().default('initiator_only'),
      designated_roles: z.array(z.string()).default([]),
      require_vote_quorum: z.boolean().default(false),
      allow_decline_over_approval: z.boolean().default(false),
    })
    .prefault({}),
});

export const proposalRules = z.object({
  acceptance: z.object({ criterion: z.string().default('all_parties') }).prefault({}),
  counter_proposal: z.object({ max_rounds: uint.default(0) }).prefault({}),
  rejection: z.object({ terminal_on_any_reject: z.boolean().default(false) }).prefault({}),
  commitment,
});

export const taskRules = z.object({
  assignment: z.object({ allow_reassignment_on_reject: z.boolean().default(false) }).prefault({}),
  completion: z.object({ require_output: z.boolean().default(false) }).prefault({}),
  commitment,
});

export const handoffRules = z.object({
  acceptance: z.object({ implicit_accept_timeout_ms: uint.default(0) }).prefault({}),
  commitment,
});

export const quorumRules = z.object({
  threshold: z.object({ type: z.string().default('n_of_m'), value: z.number().default(0) }).prefault({}),
  abstention: z
    .object({ counts_toward_quorum: z.boolean().default(false), interpretation: z.string().default('neutral') })
    .prefault({}),
  commitment,
});

export type CommitmentRules = z.infer<typeof commitmentRules>;
export type DecisionRules = z.infer<typeof decisionRules>;
export type ProposalRules = z.infer<typeof proposalRules>;
export type TaskRules = z.infer<typeof taskRules>;
export type HandoffRules = z.infer<typeof handoffRules>;
export type QuorumRules = z.infer<typeof quorumRules>;

/** Rules for a session. If the object has not the mode's shape, the defaults hold and `fault` denies every Commitment. */
export interface BoundRules<R> {
  readonly rules: R;
  readonly fault?: string;
}

export function bindRules<R>(shape: z.ZodType<R>, json: JsonObject): BoundRules<R> {
  const parsed = shape.safeParse(json);
  if (parsed.success) return { rules: parsed.data };
  return { rules: shape.parse({}), fault: 'the rules of the bound policy cannot be read' };
}

/** The fault of the rules, if there is one, as the only reason. */
export function faultOf(bound: BoundRules<unknown>): readonly string[] {
  return bound.fault === undefined ? [] : [bound.fault];
}
