import { EXAMPLE_MODES, MODE_NAMES, modeOf } from '../agents/modes.js';
import { answersOf } from '../agents/scripts.js';
import type { Cast, Player } from '../agents/cast.js';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { ResolvedRequest } from '../runs/orchestration.js';
import { initiatorOf } from '../runs/outbound-plan.js';
import { isHeaderText } from '../runtime/credentials.js';

/** Participants of a run that scripted agents play: each one is a connection of its own. A larger cast is refused. */
export const CAST_MAX = 32;

/** What of a request keeps scripted agents from playing it. */
export interface Obstacle {
  /** Path of the field, as in `details.issues`. */
  readonly path: string;
  readonly message: string;
}

/** The first thing that keeps scripted agents from playing this request; undefined: they can. */
export function obstacleTo(request: ResolvedRequest): Obstacle | undefined {
  const { mode, session, kickoff } = request;
  if (mode !== 'sandbox') return asked('is for sandbox runs only: set mode to "sandbox"');
  if (session.orchestration !== 'drive') return asked('needs orchestration "drive": scripted agents open no sessions');
  const played = modeOf(session.modeName);
  if (played === undefined) {
    const known = EXAMPLE_MODES.map((each) => MODE_NAMES[each]).join(', ');
    return { path: 'session.modeName', message: `has no scripted agents; these modes have: ${known}` };
  }
  const { initiator, others } = castOf(request);
  const problem = problemOf([initiator, ...others]);
  if (problem !== undefined) return { path: 'session.participants', message: problem };
  const missing = answersOf(played).filter(
    (type) => !kickoff.some(({ from, messageType }) => from === initiator.id && messageType === type),
  );
  if (missing.length === 0) return undefined;
  const message = `must hold ${missing.join(' and ')} from ${initiator.id}: it is what scripted agents of this mode answer`;
  return { path: 'kickoff', message };
}

/** The participants of a request in the parts that its script has for them. */
export function castOf(request: ExecutionRequest): Cast {
  const { participants } = request.session;
  const id = initiatorOf(request);
  const players = participants.map((participant) => ({ id: participant.id, role: participant.role ?? 'participant' }));
  return {
    initiator: players.find((player) => player.id === id) ?? { id, role: 'initiator' },
    others: players.filter((player) => player.id !== id),
  };
}

function asked(message: string): Obstacle {
  return { path: 'execution.scriptedAgents', message };
}

function problemOf(players: readonly Player[]): string | undefined {
  if (players.length < 2) return 'must name somebody beside the initiator, for scripted agents to play';
  if (players.length > CAST_MAX) return `must not be more than ${CAST_MAX}, for scripted agents to play them`;
  const unsendable = players.find(({ id }) => !isHeaderText(id));
  return unsendable && `${unsendable.id} must be printable ASCII: it is the token of its scripted agent`;
}
