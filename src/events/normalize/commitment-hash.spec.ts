import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../contracts/json.js';
import { commitmentHash } from './commitment-hash.js';

const folder = join(import.meta.dirname, '..', '..', '..', 'test', 'stories', 'data');

interface Vector {
  readonly payload: JsonObject;
  readonly hash: string;
}

/** The vectors are written with the field names of the wire. */
function camel(payload: JsonObject): JsonObject {
  const fields = Object.entries(payload).map(([name, value]) => [
    name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    typeof value === 'object' && value !== null && !Array.isArray(value) ? camel(value as JsonObject) : value,
  ]);
  return Object.fromEntries(fields) as JsonObject;
}

const vectors = readdirSync(folder).filter((name) => name.startsWith('cmt_hash_'));

describe('the commitment hash', () => {
  it('has its published vectors', () => {
    expect(vectors).toHaveLength(2);
  });

  it.each(vectors)('agrees with %s', (name) => {
    const vector = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Vector;
    expect(commitmentHash(camel(vector.payload))).toBe(vector.hash);
  });

  it('takes an unset text as empty and an unset outcome as negative', () => {
    expect(commitmentHash({})).toBe(commitmentHash({ commitmentId: '', outcomePositive: false }));
    expect(commitmentHash({})).not.toBe(commitmentHash({ outcomePositive: true }));
    expect(commitmentHash({})).not.toBe(commitmentHash({ supersedes: {} }));
  });
});
