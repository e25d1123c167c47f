import type { Run } from '../api/types.js';
import { shortId } from './names.js';
import { plain } from './plain.js';
import { outcomeWord, type Tone } from './status.js';

/** What people call a run: its label, else what it is about, else its scenario, else its id. */
export function runTitle(run: Run): string {
  return textAt(run, 'runLabel') ?? intentOf(run) ?? scenarioOf(run) ?? `Run ${shortId(run.id)}`;
}

/** What the session is to bring about, as the request said. */
export function intentOf(run: Run): string | undefined {
  return textIn(fieldOf(fieldOf(run.metadata['executionRequest'], 'session'), 'intent'));
}

/** How long its session may last, as the request said. Milliseconds. */
export function ttlOf(run: Run): number | undefined {
  const ttlMs = fieldOf(fieldOf(run.metadata['executionRequest'], 'session'), 'ttlMs');
  return typeof ttlMs === 'number' ? ttlMs : undefined;
}

export function scenarioOf(run: Run): string | undefined {
  return textAt(run, 'scenarioRef') ?? run.source?.ref;
}

export function environmentOf(run: Run): string | undefined {
  return textAt(run, 'environment');
}

/** How long it took, or has been going; undefined before it started. Milliseconds. */
export function durationOf(run: Run, nowMs: number): number | undefined {
  if (run.startedAt === undefined) return undefined;
  const end = run.endedAt === undefined ? nowMs : Date.parse(run.endedAt);
  return Math.max(0, end - Date.parse(run.startedAt));
}

/** What came out of a finished run; undefined while nothing has, and for one that failed or was ended. */
export function outcomeOf(
  run: Run,
): { readonly word: string; readonly tone: Tone; readonly action?: string } | undefined {
  if (run.status !== 'completed') return undefined;
  const positive = run.metadata['outcomePositive'];
  const action = textAt(run, 'committedAction') ?? textAt(run, 'finalAction');
  const { word, tone } = outcomeWord(typeof positive === 'boolean' ? positive : null);
  return { word, tone, ...(action !== undefined && { action }) };
}

function textAt(run: Run, key: string): string | undefined {
  return textIn(run.metadata[key]);
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? plain(value) : undefined;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}
