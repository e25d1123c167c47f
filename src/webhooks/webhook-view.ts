import { checkTarget } from '../calls/call-target.js';
import type { CallbackRule } from '../config/callback-rule.js';
import type { IsoTime } from '../contracts/ids.js';
import type { StoredWebhook } from '../storage/webhook.repository.js';
import { NOT_ALLOWED } from './delivery.js';

export type DeliveryState = 'delivering' | 'waiting' | 'retrying' | 'off' | 'not_allowed';

/** A webhook as it is shown. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly active: boolean;
  readonly createdAt: IsoTime;
  readonly updatedAt: IsoTime;
  readonly deliveryStats: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly lastDeliveredAt?: IsoTime;
  };
  readonly delivery: {
    readonly state: DeliveryState;
    /** Failures in a row since the last delivery. */
    readonly attempts: number;
    readonly failingSince?: IsoTime;
    readonly nextAttemptAt?: IsoTime;
    readonly lastError?: string;
  };
}

export function webhookView(stored: StoredWebhook, rule: CallbackRule): Webhook {
  const { id, url, events, active, createdAt, updatedAt, succeeded, failed, attempts } = stored;
  const target = checkTarget(url, rule);
  const lastError = target.ok ? stored.lastError : `${NOT_ALLOWED}${target.refusal}`;
  return {
    ...{ id, url, events, active, createdAt, updatedAt },
    deliveryStats: {
      ...{ total: succeeded + failed, succeeded, failed },
      ...(stored.lastDeliveredAt === null ? {} : { lastDeliveredAt: stored.lastDeliveredAt }),
    },
    delivery: {
      ...{ state: stateOf(stored, lastError), attempts },
      ...(stored.failingSince === null ? {} : { failingSince: stored.failingSince }),
      ...(stored.nextAttemptAt === null || !active ? {} : { nextAttemptAt: stored.nextAttemptAt }),
      ...(lastError === null ? {} : { lastError }),
    },
  };
}

function stateOf({ active, attempts, isLeased }: StoredWebhook, lastError: string | null): DeliveryState {
  if (!active) return 'off';
  if (lastError?.startsWith(NOT_ALLOWED) === true) return 'not_allowed';
  if (attempts > 0) return 'retrying';
  return isLeased ? 'delivering' : 'waiting';
}
