import type { Run } from '../contracts/run.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { speakerOf } from './decide.js';

/**
 * Whose identity reads the session of a run: of one that we opened, the initiator's, or our own if its credentials have
 * been withdrawn since; of one that an agent opened, our own, which needs no more than to be an observer. undefined =
 * our own.
 */
export function readerOf(
  run: Run,
  provider: Pick<RuntimeProvider, 'readerOf' | 'hasCredentialsFor'>,
): string | undefined {
  if (run.executionMode !== 'driver') return provider.readerOf(run.session.initiator);
  const speaker = speakerOf(run);
  return provider.hasCredentialsFor(speaker) ? speaker : undefined;
}
