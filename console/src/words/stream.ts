import type { Tone } from './status.js';

const STREAMS: Readonly<Record<string, { readonly word: string; readonly tone: Tone }>> = {
  opened: { word: 'Connected', tone: 'good' },
  recovered: { word: 'Connected again', tone: 'good' },
  reconnecting: { word: 'Reconnecting', tone: 'warning' },
  closed: { word: 'Closed', tone: 'neutral' },
  gap: { word: 'Has a gap', tone: 'warning' },
};

/** How a run’s stream from the runtime stands; a word we do not know stays as it is. */
export function streamWord(status: string): { readonly word: string; readonly tone: Tone } {
  return STREAMS[status] ?? { word: status, tone: 'neutral' };
}
