import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import type { AuditFilter } from '../contracts/audit.js';
import { defined } from './defined.js';
import { queryInt, queryText, queryTime } from './fields.js';

const AUDIT_LIMIT_MAX = 500;
const AUDIT_OFFSET_MAX = 10_000;

const auditQuery = z.strictObject({
  actor: queryText.describe('Exactly this actor.'),
  action: queryText.describe('Exactly this action, for example run.cancel.'),
  resource: queryText.describe('Exactly this kind of thing: run, webhook, policy, circuit-breaker.'),
  resourceId: queryText.describe('Exactly this thing.'),
  createdAfter: queryTime.describe('Inclusive; YYYY-MM-DD (UTC) or an ISO 8601 time.'),
  createdBefore: queryTime.describe('Exclusive; YYYY-MM-DD (UTC) or an ISO 8601 time.'),
  limit: queryInt(1, AUDIT_LIMIT_MAX).prefault(50),
  offset: queryInt(0, AUDIT_OFFSET_MAX).prefault(0),
});

export class AuditQueryDto extends createZodDto(auditQuery) {}

export function toAuditFilter(query: z.output<typeof auditQuery>): AuditFilter {
  return defined(query);
}
