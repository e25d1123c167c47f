import { Inject, Injectable } from '@nestjs/common';
import type { IsoTime, RunId } from '../contracts/ids.js';
import type { Database, Row } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { SETTLED_ORDINAL } from './event-search.js';
import { WEBHOOK_COLUMNS, WEBHOOKS_MAX, type StoredWebhook } from './webhook.repository.js';

/** A webhook as whoever delivers to it needs it. */
export interface DueWebhook extends StoredWebhook {
  readonly secret: string;
}

/** Webhooks that may be told something, and up to where the log is settled. */
export interface DueWebhooks {
  readonly webhooks: readonly StoredWebhook[];
  /** Global ordinal; all events up to it are there for good. */
  readonly settled: number;
}

/** What of a webhook's row an attempt changes; what is absent stays. */
export interface AttemptRecord {
  /** Moves on to this global ordinal, and what was refused before no longer counts. */
  readonly cursor?: number;
  readonly counts?: 'succeeded' | 'failed';
  /** null: nothing is failing. */
  readonly failure: {
    readonly attempts: number;
    readonly refusals: number;
    readonly error: string;
    readonly nextAttemptAt: IsoTime | null;
    /** Whether it counts as failing from `at` on, unless it did before. */
    readonly isFailing: boolean;
  } | null;
  readonly switchOff?: boolean;
  readonly at: IsoTime;
}

/** Who delivers, and for how long nobody else does. */
export interface Lease {
  readonly holder: string;
  readonly ms: number;
}

const LEASED_UNTIL = (parameter: string) => `now() + ${parameter}::int * interval '1 millisecond'`;

/** Where deliveries stand, in the rows of the webhooks. Leases are timed by the database's clock alone. */
@Injectable()
export class WebhookDeliveryRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Active ones that nobody holds and whose time has come; `undefined` when no webhook is active at all. */
  async due(now: IsoTime): Promise<DueWebhooks | undefined> {
    const rows = await this.database.query(
      `select ${WEBHOOK_COLUMNS}, (${SETTLED_ORDINAL} - 1)::float8 as settled,
         coalesce(next_attempt_at <= $1::timestamptz, true) and coalesce(lease_until < now(), true) as "isDue"
       from webhooks where active order by created_at, id limit ${WEBHOOKS_MAX}`,
      [now],
    );
    const [first] = rows;
    if (first === undefined) return undefined;
    return { settled: Number(first['settled']), webhooks: rows.filter((row) => row['isDue'] === true).map(toDue) };
  }

  /** undefined: another process delivers to it, or it is off, or gone. */
  async claim(id: string, lease: Lease): Promise<DueWebhook | undefined> {
    const rows = await this.database.query(
      `update webhooks set lease_holder = $2::uuid, lease_until = ${LEASED_UNTIL('$3')}
        where id = $1::uuid and active and coalesce(lease_until < now(), true) returning ${WEBHOOK_COLUMNS}, secret`,
      [id, lease.holder, lease.ms],
    );
    return rows.map(toDue)[0];
  }

  /**
   * Records an attempt and renews the lease. A failure counts only for the webhook as it was tried (`triedAs`: its
   * updatedAt). undefined: the lease is another's, or the webhook was changed or removed; nothing was recorded.
   */
  async record(id: string, attempt: AttemptRecord, lease: Lease, triedAs: IsoTime): Promise<DueWebhook | undefined> {
    const { cursor, counts, failure, switchOff = false, at } = attempt;
    const rows = await this.database.query(
      `update webhooks set lease_until = ${LEASED_UNTIL('$3')}, cursor = coalesce($4::bigint, cursor),
         succeeded = succeeded + $5::int, failed = failed + $6::int,
         last_delivered_at = case when $5::int = 1 then $7::timestamptz else last_delivered_at end,
         attempts = $8, refusals = $9, last_error = $10, next_attempt_at = $11::timestamptz,
         failing_since = case when $12::boolean is null then null when $12::boolean then coalesce(failing_since, $7::timestamptz)
           else failing_since end,
         active = active and not $13::boolean
       where id = $1::uuid and lease_holder = $2::uuid and ($14::timestamptz is null or updated_at = $14::timestamptz)
       returning ${WEBHOOK_COLUMNS}, secret`,
      [
        ...[
          id,
          lease.holder,
          lease.ms,
          cursor ?? null,
          Number(counts === 'succeeded'),
          Number(counts === 'failed'),
          at,
        ],
        ...[failure?.attempts ?? 0, failure?.refusals ?? 0, failure?.error ?? null, failure?.nextAttemptAt ?? null],
        ...[failure === null ? null : failure.isFailing, switchOff, failure === null ? null : triedAs],
      ],
    );
    return rows.map(toDue)[0];
  }

  async release(id: string, holder: string, cursor: number | undefined): Promise<void> {
    await this.database.query(
      `update webhooks set lease_holder = null, lease_until = null, cursor = greatest(cursor, coalesce($3::bigint, cursor))
        where id = $1::uuid and lease_holder = $2::uuid`,
      [id, holder, cursor ?? null],
    );
  }

  /** undefined: the run is gone. */
  async sessionOf(runId: RunId): Promise<string | undefined> {
    const rows = await this.database.query(
      'select session_id as "sessionId" from runtime_sessions where run_id = $1::uuid',
      [runId],
    );
    const sessionId = rows[0]?.['sessionId'];
    return typeof sessionId === 'string' ? sessionId : undefined;
  }
}

function toDue(row: Row): DueWebhook {
  // The aliases are the names of DueWebhook.
  return row as object as DueWebhook;
}
