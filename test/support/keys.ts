import { hashOfKey } from '../../src/config/api-keys.js';
import { SCOPES, type Scope } from '../../src/contracts/access.js';

/** A key of each scope; their ids are the scopes with `-id` behind. */
export const KEYS: Readonly<Record<Scope, string>> = {
  read: 'macp_key-of-the-reader',
  operate: 'macp_key-of-the-operator',
  admin: 'macp_key-of-the-admin',
};

export const KEYS_ENV = {
  API_KEYS: SCOPES.map((scope) => `${scope}-id:${scope}:${hashOfKey(KEYS[scope]).toString('hex')}`).join(','),
};

export function bearer(key: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${key}` };
}
