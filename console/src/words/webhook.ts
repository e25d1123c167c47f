import type { Webhook } from '../api/types.js';
import type { Tone } from './status.js';

/** How a webhook's deliveries stand, in words. */
export const WEBHOOK_STATES: Readonly<Record<Webhook['delivery']['state'], readonly [tone: Tone, word: string]>> = {
  delivering: ['good', 'Delivering'],
  waiting: ['good', 'Waiting for events'],
  retrying: ['warning', 'Trying again'],
  off: ['neutral', 'Off'],
  not_allowed: ['bad', 'Not allowed by the configuration'],
};
