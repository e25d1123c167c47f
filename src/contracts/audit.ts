import type { IsoTime } from './ids.js';

/** What a request may change; the names are those that the public console filters by, where it has one. */
export const AUDIT_ACTIONS = [
  'run.create',
  'run.cancel',
  'run.suspend',
  'run.resume',
  'run.message',
  'run.signal',
  'run.archive',
  'run.delete',
  'run.rebuild',
  'artifact.create',
  'webhook.create',
  'webhook.update',
  'webhook.delete',
  'policy.register',
  'policy.delete',
  'circuit_breaker.reset',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export type AuditResource = 'run' | 'webhook' | 'policy' | 'circuit-breaker';

/** One thing that somebody did. */
export interface AuditEntry {
  readonly id: string;
  readonly actor: string;
  readonly actorType: string;
  readonly action: AuditAction;
  readonly resource: AuditResource;
  readonly resourceId?: string;
  /** The trace id of the request; the log has it too. */
  readonly requestId: string;
  readonly createdAt: IsoTime;
}

/** All conditions hold together. Times are inclusive lower and exclusive upper bounds. */
export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly resourceId?: string;
  readonly createdAfter?: IsoTime;
  readonly createdBefore?: IsoTime;
  readonly limit: number;
  readonly offset: number;
}

export interface AuditPage {
  /** Newest first. */
  readonly data: readonly AuditEntry[];
  /** Exact up to a bound; `totalIsExact` false beyond it. */
  readonly total: number;
  readonly totalIsExact: boolean;
  readonly limit: number;
  readonly offset: number;
}
