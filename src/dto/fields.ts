import { z } from 'zod';
import type { JsonObject } from '../contracts/json.js';
import { isoTime } from '../contracts/time.js';
import type { IsoTime } from '../contracts/ids.js';

/** Names and ids chosen by callers. */
export const NAME_LENGTH_MAX = 256;

/** Sentences: reasons, intents, labels. */
export const SENTENCE_LENGTH_MAX = 4_096;

/** Longest value of a query parameter. */
export const QUERY_LENGTH_MAX = 1_024;

/** Largest event position there can be: the column is a 32-bit integer. */
export const SEQ_MAX = 2_147_483_647;

export const name = z.string().min(1).max(NAME_LENGTH_MAX);
export const sentence = z.string().max(SENTENCE_LENGTH_MAX);

const URL_LENGTH_MAX = 2_048;

/** Somebody else's address. What stands in it is shown, so it holds no credentials. */
export const httpUrl = z
  .url({ protocol: /^https?$/ })
  .max(URL_LENGTH_MAX)
  .refine((text) => !hasCredentials(text), 'must not carry credentials');

/** What is no URL at all is refused as such. */
function hasCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username !== '' || password !== '';
}

/** A free JSON object. Its depth and texts are bounded before any schema sees it (see `findBoundsProblem`). */
export const jsonObject = z
  .record(z.string(), z.unknown())
  // Came out of JSON.parse, so every value in it is JSON.
  .transform((value) => value as JsonObject);

/** Whether a value takes at most so many UTF-16 units as JSON. Its depth is bounded before (see `findBoundsProblem`). */
export function jsonWithin(lengthMax: number) {
  return (value: unknown): boolean => JSON.stringify(value).length <= lengthMax;
}

/** Query values are text: whole numbers become numbers, anything else stays and is refused by the schema behind. */
function wholeNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
}

export function queryInt(min: number, max: number) {
  return z.preprocess(wholeNumber, z.number().int().min(min).max(max));
}

function number(value: unknown): unknown {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

export function queryNumber(min: number, max: number) {
  return z.preprocess(number, z.number().min(min).max(max));
}

const FLAGS: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false };

function flag(value: unknown): unknown {
  return typeof value === 'string' ? (FLAGS[value] ?? value) : value;
}

export const queryFlag = z.preprocess(flag, z.boolean());

/** `a,b` and `?x=a&x=b` mean the same. Blank items are dropped; nothing left means: no condition. */
function list(value: unknown): unknown {
  const items: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (!items.every((item) => typeof item === 'string')) return value;
  const split = items.flatMap((item) => item.split(',')).map((item) => item.trim());
  const given = split.filter((item) => item !== '');
  return given.length === 0 ? undefined : given;
}

export function queryList<T extends z.ZodType>(item: T, itemsMax: number) {
  return z.preprocess(list, z.array(item).max(itemsMax).optional()).optional();
}

/** An empty filter box means: no condition. */
export function blankIsAbsent(value: unknown): unknown {
  return typeof value === 'string' && value.trim() === '' ? undefined : value;
}

export const queryText = z.preprocess(blankIsAbsent, z.string().max(QUERY_LENGTH_MAX).optional()).optional();

/** A date (its first instant, UTC) or a date with time and offset. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;
const NO_TIME = 'must be YYYY-MM-DD or an ISO 8601 time with offset';

/** A text that has the shape of TIME may still name what no calendar or clock has. */
function instant(text: string, context: z.RefinementCtx): IsoTime {
  const parsed = isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(parsed)) return isoTime(parsed);
  context.addIssue({ code: 'custom', message: NO_TIME });
  return z.NEVER;
}

/** Whether the calendar has this YYYY-MM-DD: 31 February would be read as 3 March. */
function isDay(date: string): boolean {
  return new Date(date).getUTCDate() === Number(date.slice(-2));
}

export const queryTime = z
  .preprocess(blankIsAbsent, z.string().max(40).regex(TIME, NO_TIME).transform(instant).optional())
  .optional();
