import { describe } from 'vitest';
import { agentBehaviours } from '../support/agent-behaviours.js';
import { startRustRuntime } from '../support/rust-runtime.js';

describe('scripted agents on the reference runtime', () => agentBehaviours(() => startRustRuntime()));
