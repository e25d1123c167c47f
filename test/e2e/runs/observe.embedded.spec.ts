import { startEmbedded } from '../../support/embedded-runtime.js';
import { describeObservedAbsence } from './observe-absence.js';
import { describeObservedRuns } from './observe-behaviours.js';

describeObservedRuns('the embedded runtime', startEmbedded, { timed: false });
describeObservedAbsence('the embedded runtime', startEmbedded);
