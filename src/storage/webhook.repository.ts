import { Inject, Injectable } from '@nestjs/common';
import { asc, getTableColumns } from 'drizzle-orm';
import type { IsoTime } from '../contracts/ids.js';
import type { Database, Row } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { webhooks } from '../db/schema.js';

/** Webhooks there may be; a list is read whole. */
export const WEBHOOKS_MAX = 100;

/** Somebody who wants to be told of events. Without its secret: that is stored and never read out to anybody. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Types of canonical events. */
  readonly events: readonly string[];
  readonly active: boolean;
  readonly createdAt: IsoTime;
  readonly updatedAt: IsoTime;
}

export interface WebhookChange {
  readonly url?: string;
  readonly events?: readonly string[];
  readonly secret?: string;
  readonly active?: boolean;
}

const COLUMNS = 'id, url, events, active, created_at as "createdAt", updated_at as "updatedAt"';

@Injectable()
export class WebhookRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Oldest first. */
  async list(): Promise<readonly Webhook[]> {
    const { secret: _secret, ...shown } = getTableColumns(webhooks);
    return this.database.read((drizzle) =>
      drizzle.select(shown).from(webhooks).orderBy(asc(webhooks.createdAt), asc(webhooks.id)).limit(WEBHOOKS_MAX),
    );
  }

  /** undefined: there are WEBHOOKS_MAX already. Concurrent inserts may pass the limit by their own number. */
  async insert(webhook: Webhook, secret: string): Promise<Webhook | undefined> {
    const { id, url, events, active, createdAt } = webhook;
    const rows = await this.database.query(
      `insert into webhooks (id, url, events, secret, active, created_at, updated_at)
       select $1::uuid, $2::text, $3::text[], $4::text, $5::boolean, $6::timestamptz, $6::timestamptz
       where (select count(*) from webhooks) < ${WEBHOOKS_MAX} returning ${COLUMNS}`,
      [id, url, [...events], secret, active, createdAt],
    );
    return rows.map(toWebhook)[0];
  }

  /** undefined: there is no such webhook. */
  async update(id: string, change: WebhookChange, now: IsoTime): Promise<Webhook | undefined> {
    const { url, events, secret, active } = change;
    const rows = await this.database.query(
      `update webhooks set url = coalesce($2, url), events = coalesce($3::text[], events), secret = coalesce($4, secret),
         active = coalesce($5::boolean, active), updated_at = $6::timestamptz where id = $1 returning ${COLUMNS}`,
      [id, url ?? null, events === undefined ? null : [...events], secret ?? null, active ?? null, now],
    );
    return rows.map(toWebhook)[0];
  }

  /** False: there is no such webhook. */
  async delete(id: string): Promise<boolean> {
    return (await this.database.query('delete from webhooks where id = $1 returning 1', [id])).length > 0;
  }
}

function toWebhook(row: Row): Webhook {
  // The aliases are the names of Webhook.
  return row as object as Webhook;
}
