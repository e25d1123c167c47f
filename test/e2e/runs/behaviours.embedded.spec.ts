import { startEmbedded } from '../../support/embedded-runtime.js';
import { describeRunBehaviours } from './behaviours.js';

describeRunBehaviours('the embedded runtime', startEmbedded);
