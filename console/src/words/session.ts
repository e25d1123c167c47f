import type { Tone } from './status.js';

const SESSION_WORDS: Readonly<Record<string, { readonly word: string; readonly tone: Tone }>> = {
  SESSION_STATE_OPEN: { word: 'Open', tone: 'active' },
  SESSION_STATE_SUSPENDED: { word: 'Suspended', tone: 'warning' },
  SESSION_STATE_RESOLVED: { word: 'Resolved', tone: 'good' },
  SESSION_STATE_EXPIRED: { word: 'Expired', tone: 'bad' },
  SESSION_STATE_CANCELLED: { word: 'Cancelled', tone: 'neutral' },
};

/** How a session stands at the runtime. */
export function sessionWord(state: string): { readonly word: string; readonly tone: Tone } {
  return SESSION_WORDS[state] ?? { word: 'Unknown', tone: 'waiting' };
}
