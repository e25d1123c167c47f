import { Inject, Injectable } from '@nestjs/common';
import type { IsoTime } from '../contracts/ids.js';
import type { Database, Row } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { SETTLED_ORDINAL } from './event-search.js';

/** Webhooks there may be; a list is read whole. */
export const WEBHOOKS_MAX = 100;

export interface NewWebhookRow {
  readonly id: string;
  readonly url: string;
  /** Types of canonical events. */
  readonly events: readonly string[];
  readonly active: boolean;
  readonly createdAt: IsoTime;
}

/** Somebody who wants to be told of events, and how far that is. Without its secret: nobody who lists them needs it. */
export interface StoredWebhook extends NewWebhookRow {
  readonly updatedAt: IsoTime;
  readonly succeeded: number;
  readonly failed: number;
  readonly lastDeliveredAt: IsoTime | null;
  /** Failures in a row since the last delivery, and refusals in a row of the event that is next. */
  readonly attempts: number;
  readonly refusals: number;
  readonly failingSince: IsoTime | null;
  readonly nextAttemptAt: IsoTime | null;
  readonly lastError: string | null;
  /** Global ordinal of the last event that was delivered or passed over. */
  readonly cursor: number;
  /** Whether some process delivers to it just now. */
  readonly isLeased: boolean;
}

export interface WebhookChange {
  readonly url?: string;
  readonly events?: readonly string[];
  readonly secret?: string;
  readonly active?: boolean;
}

export const WEBHOOK_COLUMNS = `id, url, events, active, created_at as "createdAt", updated_at as "updatedAt",
  succeeded::float8 as succeeded, failed::float8 as failed, last_delivered_at as "lastDeliveredAt", attempts, refusals,
  failing_since as "failingSince", next_attempt_at as "nextAttemptAt", last_error as "lastError",
  cursor::float8 as cursor, coalesce(lease_until > now(), false) as "isLeased"`;

@Injectable()
export class WebhookRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Oldest first. */
  async list(): Promise<readonly StoredWebhook[]> {
    const rows = await this.database.query(
      `select ${WEBHOOK_COLUMNS} from webhooks order by created_at, id limit ${WEBHOOKS_MAX}`,
    );
    return rows.map(toWebhook);
  }

  /**
   * It is told of what is not settled yet, and of all that follows. undefined: there are WEBHOOKS_MAX already. Concurrent
   * inserts may pass the limit by their own number.
   */
  async insert(webhook: NewWebhookRow, secret: string): Promise<StoredWebhook | undefined> {
    const { id, url, events, active, createdAt } = webhook;
    const rows = await this.database.query(
      `insert into webhooks (id, url, events, secret, active, created_at, updated_at, cursor)
       select $1::uuid, $2::text, $3::text[], $4::text, $5::boolean, $6::timestamptz, $6::timestamptz, ${SETTLED_ORDINAL} - 1
       where (select count(*) from webhooks) < ${WEBHOOKS_MAX} returning ${WEBHOOK_COLUMNS}`,
      [id, url, [...events], secret, active, createdAt],
    );
    return rows.map(toWebhook)[0];
  }

  /**
   * Another URL or secret, or being switched on, lets it be tried at once, as if nothing had failed. undefined: there is
   * no such webhook.
   */
  async update(id: string, change: WebhookChange, now: IsoTime): Promise<StoredWebhook | undefined> {
    const { url, events, secret, active } = change;
    const anew = url !== undefined || secret !== undefined || active === true;
    const rows = await this.database.query(
      `update webhooks set url = coalesce($2, url), events = coalesce($3::text[], events), secret = coalesce($4, secret),
         active = coalesce($5::boolean, active), updated_at = $6::timestamptz
         ${anew ? ', attempts = 0, refusals = 0, failing_since = null, next_attempt_at = null, last_error = null' : ''}
       where id = $1 returning ${WEBHOOK_COLUMNS}`,
      [id, url ?? null, events === undefined ? null : [...events], secret ?? null, active ?? null, now],
    );
    return rows.map(toWebhook)[0];
  }

  /** False: there is no such webhook. */
  async delete(id: string): Promise<boolean> {
    return (await this.database.query('delete from webhooks where id = $1 returning 1', [id])).length > 0;
  }
}

function toWebhook(row: Row): StoredWebhook {
  // The aliases are the names of StoredWebhook.
  return row as object as StoredWebhook;
}
