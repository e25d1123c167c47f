import { startEmbedded } from '../../support/embedded-runtime.js';
import { itObservesTheExample } from './example-agents.js';

itObservesTheExample('the embedded runtime', startEmbedded);
