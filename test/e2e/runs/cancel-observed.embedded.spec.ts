import { startEmbedded } from '../../support/embedded-runtime.js';
import { describeObservedCancel } from './cancel-observed.js';

describeObservedCancel('the embedded runtime', startEmbedded);
