import { Inject, Injectable } from '@nestjs/common';
import { and, desc, eq, gte, lt, sql, type SQL } from 'drizzle-orm';
import type { AuditEntry, AuditFilter, AuditPage } from '../contracts/audit.js';
import type { Database } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { auditEntries } from '../db/schema.js';

/** Totals are counted up to here; counting a whole table for every page would cost more than the page. */
export const AUDIT_COUNT_MAX = 10_000;

/** Who did what. Rows are added and read, never changed. */
@Injectable()
export class AuditRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async insert(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.database.query(
      `insert into audit_entries (id, actor, actor_type, action, resource, resource_id, request_id, created_at)
       select e."id", e."actor", e."actorType", e."action", e."resource", e."resourceId", e."requestId", e."createdAt"
       from jsonb_to_recordset($1::jsonb) as e ("id" uuid, "actor" text, "actorType" text, "action" text,
         "resource" text, "resourceId" text, "requestId" text, "createdAt" timestamptz)`,
      [JSON.stringify(entries)],
    );
  }

  async list(filter: AuditFilter): Promise<AuditPage> {
    const { limit, offset } = filter;
    const conditions = conditionsOf(filter);
    const rows = await this.database.read((drizzle) =>
      drizzle
        .select()
        .from(auditEntries)
        .where(conditions)
        .orderBy(desc(auditEntries.createdAt), desc(auditEntries.id))
        .limit(limit)
        .offset(offset),
    );
    const count = await this.countUpTo(conditions);
    const data = rows.map(({ resourceId, ...row }) => (resourceId === null ? row : { ...row, resourceId }));
    return { data, total: Math.min(count, AUDIT_COUNT_MAX), totalIsExact: count <= AUDIT_COUNT_MAX, limit, offset };
  }

  private async countUpTo(conditions: SQL | undefined): Promise<number> {
    const [row] = await this.database.read((drizzle) => {
      const bounded = drizzle
        .select({ one: sql`1`.as('one') })
        .from(auditEntries)
        .where(conditions)
        .limit(AUDIT_COUNT_MAX + 1)
        .as('bounded');
      return drizzle.select({ count: sql<number>`count(*)::int` }).from(bounded);
    });
    return row?.count ?? 0;
  }
}

function conditionsOf({ createdAfter, createdBefore, ...filter }: AuditFilter): SQL | undefined {
  const { actor, action, resource, resourceId } = filter;
  return and(
    actor === undefined ? undefined : eq(auditEntries.actor, actor),
    // Any text may be asked for; one that names no action finds nothing.
    action === undefined ? undefined : sql`${auditEntries.action} = ${action}`,
    resource === undefined ? undefined : sql`${auditEntries.resource} = ${resource}`,
    resourceId === undefined ? undefined : eq(auditEntries.resourceId, resourceId),
    createdAfter === undefined ? undefined : gte(auditEntries.createdAt, createdAfter),
    createdBefore === undefined ? undefined : lt(auditEntries.createdAt, createdBefore),
  );
}
