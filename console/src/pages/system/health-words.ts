import type { Readiness } from '../../api/types.js';
import type { Tone } from '../../words/status.js';

interface Word {
  readonly tone: Tone;
  readonly meaning: string;
}

export const DATABASE: Readonly<Record<Readiness['database'], Word>> = {
  ok: { tone: 'good', meaning: 'Answers.' },
  unreachable: { tone: 'bad', meaning: 'Does not answer: nothing can be stored, so nothing is taken on.' },
  unknown: { tone: 'waiting', meaning: 'Was not asked yet.' },
};

export const STREAMS: Readonly<Record<Readiness['streamConsumer'], Word>> = {
  ok: { tone: 'good', meaning: 'Runs are followed live.' },
  reconnecting: { tone: 'warning', meaning: 'Some runs are being taken up again after their stream broke off.' },
  stopping: { tone: 'warning', meaning: 'The process is leaving; another start takes the runs up again.' },
};

export const BREAKER: Readonly<Record<Readiness['circuitBreaker'], Word & { readonly word: string }>> = {
  CLOSED: { word: 'Closed', tone: 'good', meaning: 'Requests go to the runtime.' },
  OPEN: {
    word: 'Open',
    tone: 'bad',
    meaning: 'The runtime failed again and again; for a while it is not asked at all.',
  },
  HALF_OPEN: {
    word: 'Trying',
    tone: 'warning',
    meaning: 'One request is let through to see whether the runtime is back.',
  },
};

const SESSION_WORDS: Readonly<Record<string, { readonly word: string; readonly tone: Tone }>> = {
  SESSION_STATE_OPEN: { word: 'Open', tone: 'active' },
  SESSION_STATE_SUSPENDED: { word: 'Suspended', tone: 'warning' },
  SESSION_STATE_RESOLVED: { word: 'Resolved', tone: 'good' },
  SESSION_STATE_EXPIRED: { word: 'Expired', tone: 'bad' },
  SESSION_STATE_CANCELLED: { word: 'Cancelled', tone: 'neutral' },
};

export function sessionWord(state: string): { readonly word: string; readonly tone: Tone } {
  return SESSION_WORDS[state] ?? { word: 'Unknown', tone: 'waiting' };
}
