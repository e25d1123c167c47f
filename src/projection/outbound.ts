import type { Projection } from '../contracts/projection.js';
import { flagOf } from './read.js';
import { withView, type Update } from './update.js';

function count(projection: Projection, field: 'accepted' | 'rejected'): Projection {
  const { outboundMessages } = projection.view;
  return withView(projection, {
    outboundMessages: {
      ...outboundMessages,
      [field]: outboundMessages[field] + 1,
      total: outboundMessages.total + 1,
    },
  });
}

/** Counted when the stream shows it, whoever sent it: our own message counts by its echo, not by its sending. */
export const countAccepted: Update<'message.received'> = (projection, { data }) =>
  flagOf(data.ambient) ? projection : count(projection, 'accepted');

export const countRejected: Update<'message.send_failed'> = (projection) => count(projection, 'rejected');
