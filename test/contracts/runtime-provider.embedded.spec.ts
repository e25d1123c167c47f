import { startEmbedded } from '../support/embedded-runtime.js';
import { describeRuntimeContract } from './runtime-provider.contract.js';

describeRuntimeContract('the embedded runtime', startEmbedded);
