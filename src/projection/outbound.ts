import type { Draft } from './draft.js';
import { flagOf } from './read.js';
import type { Update } from './update.js';

function count({ view }: Draft, added: { readonly accepted: number; readonly rejected: number }): void {
  const { total, queued, accepted, rejected } = view.outboundMessages;
  view.outboundMessages = {
    total: total + 1,
    queued,
    accepted: accepted + added.accepted,
    rejected: rejected + added.rejected,
  };
}

/** Counted when the stream shows it, whoever sent it: our own message counts by its echo, not by its sending. */
export const countAccepted: Update<'message.received'> = (draft, { data }) => {
  if (!flagOf(data.ambient)) count(draft, { accepted: 1, rejected: 0 });
};

export const countRejected: Update<'message.send_failed'> = (draft) => count(draft, { accepted: 0, rejected: 1 });
