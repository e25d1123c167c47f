import type { Run } from '../contracts/run.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { speakerOf } from './decide.js';

type Speaking = Pick<RuntimeProvider, 'hasCredentialsFor'>;

/**
 * As whom a session may be suspended, resumed or cancelled, in the order in which it is tried; undefined = as ourselves.
 * The runtime lets its initiator do so, and whom the session's policy gives the authority to commit – which may be us.
 */
export function steerersOf(run: Run, provider: Speaking): readonly (string | undefined)[] {
  if (run.executionMode === 'driver') return [speakerOf(run)];
  const { bound, initiator } = run.session;
  return bound && provider.hasCredentialsFor(initiator) ? [initiator, undefined] : [undefined];
}
