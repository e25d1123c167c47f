import type { RunEvent } from '../api/types.js';
import { shortName } from './names.js';

/** An event’s type as words: `session.stream.opened` → `Session stream opened`. */
export function eventTitle(type: string): string {
  const text = type.replace(/[._]/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** An event in one line, with who it is about. The only place that lists of events take their words from. */
export function eventLine({ type, data }: RunEvent): string {
  const who = data['participantId'] ?? data['from'];
  const what = data['messageType'];
  const about = [typeof what === 'string' ? what : '', typeof who === 'string' ? shortName(who) : ''];
  return [eventTitle(type), ...about.filter((text) => text !== '')].join(' · ');
}
