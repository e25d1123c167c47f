import { itObservesTheExample } from '../e2e/runs/example-agents.js';
import { startRustRuntime } from '../support/rust-runtime.js';

itObservesTheExample('the reference runtime', startRustRuntime);
