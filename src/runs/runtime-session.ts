import type { Run } from '../contracts/run.js';

declare const brand: unique symbol;

/**
 * One session of one runtime, as the key of a map. Whoever opens a session chooses its id, so two runtimes may have
 * sessions of the same id, and what the one says must never be taken for the other's.
 */
export type RuntimeSession = string & { readonly [brand]: 'RuntimeSession' };

/** A kind has no space, so no two pairs make the same key. */
export function runtimeSession(kind: string, sessionId: string): RuntimeSession {
  return `${kind} ${sessionId}` as RuntimeSession;
}

export function runtimeSessionOf({ runtimeKind, sessionId }: Pick<Run, 'runtimeKind' | 'sessionId'>): RuntimeSession {
  return runtimeSession(runtimeKind, sessionId);
}
