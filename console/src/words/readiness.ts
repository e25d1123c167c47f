import type { Readiness } from '../api/types.js';
import { countOf, countWords } from './number.js';
import type { Tone } from './status.js';

export interface HealthLine {
  readonly name: string;
  readonly tone: Tone;
  readonly word: string;
  /** What it means for runs, where that is not plain. */
  readonly detail?: string;
}

/** What every dependency says of itself, one line each, in the order in which an operator looks. */
export function healthLines(readiness: Readiness): readonly HealthLine[] {
  return [
    runtimeLine(readiness),
    breakerLine(readiness),
    databaseLine(readiness),
    streamsLine(readiness),
    discoveryLine(readiness),
  ];
}

function runtimeLine({ runtime: { ok, detail } }: Readiness): HealthLine {
  const line = ok ? ({ tone: 'good', word: 'Answers' } as const) : ({ tone: 'bad', word: 'Does not answer' } as const);
  return { name: 'Runtime', ...line, ...(detail !== undefined && { detail }) };
}

/** The breaker stops asking a runtime that keeps failing, and tries again by itself. */
export const BREAKER: Readonly<
  Record<Readiness['circuitBreaker'], { readonly tone: Tone; readonly word: string; readonly detail: string }>
> = {
  CLOSED: { tone: 'good', word: 'Closed', detail: 'Calls go through to the runtime.' },
  OPEN: { tone: 'bad', word: 'Open', detail: 'Calls to the runtime are held back until it answers again.' },
  HALF_OPEN: { tone: 'warning', word: 'Half open', detail: 'A single call tries whether the runtime answers again.' },
};

function breakerLine({ circuitBreaker }: Readiness): HealthLine {
  return { name: 'Circuit breaker', ...BREAKER[circuitBreaker] };
}

function databaseLine({ database }: Readiness): HealthLine {
  const name = 'Database';
  switch (database) {
    case 'ok':
      return { name, tone: 'good', word: 'Answers' };
    case 'unreachable':
      return { name, tone: 'bad', word: 'Does not answer', detail: 'Nothing can be stored or shown until it does.' };
    case 'unknown':
      return { name, tone: 'waiting', word: 'Not known yet' };
  }
}

function streamsLine({ streamConsumer, streams: { followed, reconnecting } }: Readiness): HealthLine {
  const name = 'Streams';
  const detail = `${countOf(followed, 'run')} followed`;
  if (streamConsumer === 'stopping') return { name, tone: 'warning', word: 'Stopping', detail };
  if (reconnecting > 0) return { name, tone: 'warning', word: `${countWords(reconnecting)} reconnecting`, detail };
  return { name, tone: 'good', word: 'Connected', detail };
}

function discoveryLine({ discovery: { waiting, refused, watching, problem } }: Readiness): HealthLine {
  const name = 'Sessions that agents open';
  if (problem !== undefined) return { name, tone: 'bad', word: 'Not seen', detail: problem };
  if (!watching) return { name, tone: 'warning', word: 'Not watched now' };
  if (refused > 0) return { name, tone: 'warning', word: `${countOf(refused, 'session')} refused` };
  return { name, tone: 'good', word: waiting > 0 ? `${countOf(waiting, 'session')} on the way` : 'Watched' };
}
