import { describeObservedRuns } from '../e2e/runs/observe-behaviours.js';
import { startRustRuntime } from '../support/rust-runtime.js';

describeObservedRuns('the reference runtime', startRustRuntime, { timed: true });
