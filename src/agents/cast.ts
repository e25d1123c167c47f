import type { ExampleMode } from './modes.js';

/** One participant as its script knows it. */
export interface Player {
  /** Participant id; also the sender of its messages. */
  readonly id: string;
  readonly role: string;
}

/** Who plays: the session's initiator and everybody else, in the order in which the request names them. */
export interface Cast {
  readonly initiator: Player;
  readonly others: readonly Player[];
}

/** Where the agents of a script are heading. */
export type Tendency = 'agreeing' | 'refusing';

/** The agents of one mode for whatever cast there is; the first one is the session's initiator. */
export type CastingOf<Script> = (cast: Cast, tendency: Tendency) => readonly Script[];

/** The participants of the examples. */
export const EXAMPLE_CASTS: Record<ExampleMode, Cast> = {
  decision: {
    initiator: { id: 'agent://lead', role: 'release lead' },
    others: [
      { id: 'agent://alice', role: 'reliability' },
      { id: 'agent://bob', role: 'security' },
      { id: 'agent://carol', role: 'support' },
    ],
  },
  proposal: {
    initiator: { id: 'agent://buyer', role: 'procurement' },
    others: [{ id: 'agent://seller', role: 'sales' }],
  },
  task: {
    initiator: { id: 'agent://planner', role: 'coordination' },
    others: [{ id: 'agent://writer', role: 'documentation' }],
  },
  handoff: {
    initiator: { id: 'agent://frontdesk', role: 'front desk' },
    others: [{ id: 'agent://billing', role: 'billing' }],
  },
  quorum: {
    initiator: { id: 'agent://requester', role: 'release' },
    others: [
      { id: 'agent://dba', role: 'database' },
      { id: 'agent://sre', role: 'operations' },
      { id: 'agent://legal', role: 'legal' },
    ],
  },
  multi_round: {
    initiator: { id: 'agent://facilitator', role: 'planning' },
    others: [
      { id: 'agent://backend', role: 'services' },
      { id: 'agent://frontend', role: 'web' },
    ],
  },
};

/** The entry at `index` of a list that begins again at its end; a longer cast than the script was written for plays too. */
export function inTurn<T>(list: readonly [T, ...T[]], index: number): T {
  return list[index % list.length] ?? list[0];
}
