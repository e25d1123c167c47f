import { describe } from 'vitest';
import { agentBehaviours } from '../../test/support/agent-behaviours.js';
import { startEmbeddedRuntime } from '../embedded-runtime/embedded-runtime.server.js';

describe('scripted agents on the embedded runtime', () =>
  agentBehaviours(async () => {
    const runtime = await startEmbeddedRuntime();
    return { address: runtime.address, stop: () => runtime.close() };
  }));
