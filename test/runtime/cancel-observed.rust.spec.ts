import { describeObservedCancel } from '../e2e/runs/cancel-observed.js';
import { startRustRuntime } from '../support/rust-runtime.js';

describeObservedCancel('the reference runtime', startRustRuntime);
