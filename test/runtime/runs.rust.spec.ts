import { describeRunBehaviours } from '../e2e/runs/behaviours.js';
import { startRustRuntime } from '../support/rust-runtime.js';

describeRunBehaviours('the reference runtime', startRustRuntime);
