import { ContributePayloadSchema } from '../../gen/macp/modes/multi_round/v1/multi_round_pb.js';
import { refuse } from '../errors.js';
import { decodePayload } from '../payload.js';
import { admit, defineMode, isInitiator, isMember, type Binding } from './mode.js';

interface MultiRoundState {
  /** Counts changes of a contribution, not rounds of all participants. */
  round: number;
  readonly participants: readonly string[];
  readonly contributions: Map<string, string>;
  converged: boolean;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The older form is a JSON object with a string `value`; it is tried first. */
function readValue(payload: Uint8Array): string | undefined {
  if (payload.length === 0) return undefined;
  return readJsonValue(payload) ?? decodePayload(ContributePayloadSchema, payload)?.value;
}

function readJsonValue(payload: Uint8Array): string | undefined {
  try {
    const parsed: unknown = JSON.parse(utf8.decode(payload));
    const isNamed = typeof parsed === 'object' && parsed !== null && 'value' in parsed;
    return isNamed && typeof parsed.value === 'string' ? parsed.value : undefined;
  } catch {
    // Not JSON: then it is protobuf or nothing.
    return undefined;
  }
}

function agrees(state: MultiRoundState, { participants }: Binding): boolean {
  const values = participants.map((party) => state.contributions.get(party));
  return values.every((value) => value !== undefined && value === values[0]);
}

/** Converged when every participant has a value and all are equal; convergence does not end the session. */
export const multiRoundMode = defineMode<MultiRoundState>({
  begin: ({ participants }) =>
    participants.length === 0 ? undefined : { round: 0, participants, contributions: new Map(), converged: false },
  unknownType: 'InvalidPayload',
  mayCommit: isInitiator,
  steps: {
    Contribute: {
      may: isMember,
      judge: (state, { sender, payload }, binding) => {
        const value = readValue(payload);
        if (value === undefined || state.converged) return refuse('InvalidPayload');
        return admit(() => {
          if (state.contributions.get(sender) === value) return;
          state.contributions.set(sender, value);
          state.round += 1;
          state.converged = agrees(state, binding);
        });
      },
    },
  },
  isReady: ({ converged }) => converged,
  denials: () => [],
  committed: () => undefined,
  describe: ({ round, participants, contributions, converged }) => ({
    round,
    participants,
    contributions: Object.fromEntries(contributions),
    convergence_type: 'all_equal',
    converged,
  }),
});
