import { describeObservedAbsence } from '../e2e/runs/observe-absence.js';
import { describeObservedRuns } from '../e2e/runs/observe-behaviours.js';
import { startRustRuntime } from '../support/rust-runtime.js';

describeObservedRuns('the reference runtime', startRustRuntime, { timed: true });
describeObservedAbsence('the reference runtime', startRustRuntime);
