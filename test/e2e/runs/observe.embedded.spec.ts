import { startEmbedded } from '../../support/embedded-runtime.js';
import { describeObservedRuns } from './observe-behaviours.js';

describeObservedRuns('the embedded runtime', startEmbedded, { timed: false });
