/** What a key may do, each including the one before it. */
export const SCOPES = ['read', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What an endpoint asks of its callers: a key of this scope, or none at all. */
export type Access = Scope | 'public';

/** One key that is accepted. The key itself is nowhere: only who has it can say it. */
export interface ApiKey {
  /** Whose it is, for the audit. Several keys of one person have several ids. */
  readonly id: string;
  readonly scope: Scope;
  /** SHA-256 of the key, 32 bytes. */
  readonly hash: Uint8Array;
}

/** Methods that change nothing, unless an endpoint says otherwise of itself. */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** What a route asks for. `declared` is absent where nothing was said, and then the method decides. */
export function accessOf(declared: Access | undefined, method: string): Access {
  return declared ?? (READING.has(method.toUpperCase()) ? 'read' : 'operate');
}

export function includesScope(held: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(needed);
}
