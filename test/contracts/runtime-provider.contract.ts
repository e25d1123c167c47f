import { describe } from 'vitest';
import { describeCalls } from './contract-calls.js';
import { describeRestart, describeSlowConsumer, describeTokens } from './contract-faults.js';
import { describeStreams } from './contract-streams.js';
import type { StartRuntime } from './runtime-scene.js';

/** What the control plane relies on, whatever runtime stands behind the provider. */
export function describeRuntimeContract(name: string, start: StartRuntime): void {
  describe(`runtime contract: ${name}`, () => {
    describe('calls', () => describeCalls(start));
    describe('streams', () => describeStreams(start));
    describe('identities', () => describeTokens(start));
    describe('restart', () => describeRestart(start));
    describe('slow consumer', () => describeSlowConsumer(start));
  });
}
