import type { Run } from '../contracts/run.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { speakerOf } from './decide.js';

/**
 * Whose identity reads the session of a run: of one that we opened, the initiator's, for which we hold credentials; of
 * one that an agent opened, our own, which needs no more than to be an observer. undefined = our own.
 */
export function readerOf(run: Run, provider: Pick<RuntimeProvider, 'readerOf'>): string | undefined {
  return run.executionMode === 'driver' ? speakerOf(run) : provider.readerOf(run.session.initiator);
}
