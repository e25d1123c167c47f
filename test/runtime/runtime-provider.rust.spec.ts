import { describeRuntimeContract } from '../contracts/runtime-provider.contract.js';
import { startRustRuntime } from '../support/rust-runtime.js';

describeRuntimeContract('the Rust reference runtime', startRustRuntime);
