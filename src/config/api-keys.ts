import { createHash } from 'node:crypto';
import { SCOPES, type ApiKey, type Scope } from '../contracts/access.js';

/** Each request is compared with all of them. */
export const API_KEYS_MAX = 200;

const ENTRY = /^([a-z0-9._-]{1,64}):([a-z]+):([0-9a-f]{64})$/;

/** `id:scope:sha256`, as `npm run key` prints it; undefined = not an entry. */
export function parseApiKey(entry: string): ApiKey | undefined {
  const [, id, scope, hash] = ENTRY.exec(entry) ?? [];
  if (id === undefined || hash === undefined || !isScope(scope)) return undefined;
  return { id, scope, hash: Buffer.from(hash, 'hex') };
}

/**
 * A comma-separated list of entries. What is wrong is told by the place in the list and never by the entry: who mixes up
 * the two puts a key there.
 */
export function parseApiKeys(text: string): readonly ApiKey[] | { readonly problem: string } {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (entries.length > API_KEYS_MAX) return { problem: `must be at most ${API_KEYS_MAX} entries` };
  const keys: ApiKey[] = [];
  for (const [index, entry] of entries.entries()) {
    const key = parseApiKey(entry);
    if (key === undefined) {
      return {
        problem: `entry ${index + 1} must be id:scope:sha256, as "npm run key" prints it (${SCOPES.join(', ')})`,
      };
    }
    if (keys.some(({ id }) => id === key.id)) return { problem: `entry ${index + 1} has the id of another one` };
    keys.push(key);
  }
  return keys;
}

export function isScope(text: string | undefined): text is Scope {
  return SCOPES.some((scope) => scope === text);
}

export function hashOfKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
