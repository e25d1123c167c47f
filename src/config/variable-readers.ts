import { z } from 'zod';
import { parseApiKeys } from './api-keys.js';
import { RULE_ENTRIES_MAX } from './callback-rule.js';

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const count = (min: number, max: number) =>
  z
    .string()
    .trim()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));
export const text = z.string().trim().min(1);

export const tokenMap = z.string().transform((value, context) => {
  const parsed = z.record(z.string(), z.string().min(1)).safeParse(parseJson(value));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'must be a JSON object {"participant": "token", …}' });
  return z.NEVER;
});

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

export const priceTable = z.string().transform((value, context) => {
  const price = z.strictObject({ promptUsdPer1k: z.number().min(0), completionUsdPer1k: z.number().min(0) });
  const parsed = z.record(z.string(), price).safeParse(parseJson(value));
  if (parsed.success) return parsed.data;
  context.addIssue({
    code: 'custom',
    message: 'must be JSON {"model": {"promptUsdPer1k": 0, "completionUsdPer1k": 0}}',
  });
  return z.NEVER;
});

/** A comma-separated list, each entry read by `parse`, which returns undefined for what it does not understand. */
export function list<T>(parse: (entry: string) => T | undefined, what: string) {
  return z.string().transform((value, context): readonly T[] => {
    const entries = value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const parsed = entries.map((entry) => parse(entry));
    if (entries.length <= RULE_ENTRIES_MAX && !parsed.includes(undefined)) {
      return parsed.filter((entry) => entry !== undefined);
    }
    context.addIssue({ code: 'custom', message: `must be at most ${RULE_ENTRIES_MAX} ${what}, separated by commas` });
    return z.NEVER;
  });
}

export const apiKeys = z.string().transform((value, context) => {
  const parsed = parseApiKeys(value);
  if (!('problem' in parsed)) return parsed;
  context.addIssue({ code: 'custom', message: parsed.problem });
  return z.NEVER;
});
