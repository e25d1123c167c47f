import { refuse } from '../errors.js';
import { admit, defineMode, isInitiator, type Mode, type Step } from './mode.js';

interface PassthroughState {
  readonly counts: Map<string, number>;
}

/**
 * A registered extension mode: every listed type from a participant (from anyone if there are none) is accepted as it
 * is. Only the initiator commits.
 */
export function passthroughMode(messageTypes: readonly string[]): Mode {
  const accept = (type: string): Step<PassthroughState> => ({
    may: (sender, { members }) => members.size === 0 || members.has(sender),
    judge: (state) =>
      admit(() => {
        state.counts.set(type, (state.counts.get(type) ?? 0) + 1);
      }),
  });
  const listed = messageTypes.filter((type) => type !== 'SessionStart' && type !== 'Commitment');
  const rules = defineMode<PassthroughState>({
    begin: () => ({ counts: new Map() }),
    unknownType: 'InvalidPayload',
    mayCommit: isInitiator,
    steps: Object.fromEntries(listed.map((type) => [type, accept(type)])),
    isReady: () => true,
    denials: () => [],
    committed: () => undefined,
    describe: ({ counts }) => ({ counts: Object.fromEntries(counts) }),
  });
  return {
    begin(binding) {
      const run = rules.begin(binding);
      if (!run) return undefined;
      return {
        ...run,
        // In a session without participants a stranger's unknown type is a malformed message, not a trespass.
        judge: (message) =>
          binding.members.size === 0 && !listed.includes(message.type) && message.type !== 'Commitment'
            ? refuse('InvalidPayload')
            : run.judge(message),
      };
    },
  };
}
