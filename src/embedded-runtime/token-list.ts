import { z } from 'zod';
import type { TokenEntry } from './identity.js';

const entry = z.strictObject({
  // A token with a dot belongs to the family of signed tokens and is never a static one.
  token: z
    .string()
    .min(1)
    .regex(/^[^.]*$/, 'must not contain a dot'),
  sender: z.string().min(1),
  allowed_modes: z.array(z.string()).optional(),
  can_start_sessions: z.boolean().optional(),
  max_open_sessions: z.int().min(0).optional(),
  can_manage_mode_registry: z.boolean().optional(),
  is_observer: z.boolean().optional(),
});
const list = z.array(entry);
const file = z.union([list, z.strictObject({ tokens: list }).transform((value) => value.tokens)]);

/** Reads the static token list: a JSON list, or an object with the key `tokens`. Throws an Error that names every problem. */
export function parseTokenList(text: string): readonly TokenEntry[] {
  const tokens = file.parse(JSON.parse(text));
  const seen = new Set(tokens.map((item) => item.token));
  if (seen.size !== tokens.length) throw new Error('the token list names a token twice');
  return tokens.map((item) => dropUndefined(item));
}

function dropUndefined(item: z.infer<typeof entry>): TokenEntry {
  const { token, sender, ...rest } = item;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { token, sender, ...given };
}
