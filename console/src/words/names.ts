import { MODE } from './modes.js';
import { isolated, plain } from './plain.js';

const MODE_TITLES: Readonly<Record<string, string>> = {
  [MODE.decision]: 'Decision',
  [MODE.proposal]: 'Proposal',
  [MODE.task]: 'Task',
  [MODE.handoff]: 'Handoff',
  [MODE.quorum]: 'Quorum',
  [MODE.multiRound]: 'Multi-round',
};

/** A mode as people call it; an unknown one keeps its name. */
export function modeTitle(modeName: string): string {
  return MODE_TITLES[modeName] ?? modeName;
}

/** `agent://alice` → `alice`; anything else as it is, as it may stand in a line. */
export function shortName(participantId: string): string {
  return isolated(plain(participantId.replace(/^agent:\/\//, '')));
}

/** One or two letters for a round picture. */
export function initials(participantId: string): string {
  const parts = shortName(participantId)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
  const letters = parts.length > 1 ? parts.slice(0, 2).map((part) => part[0] ?? '') : [(parts[0] ?? '?').slice(0, 2)];
  return letters.join('').toUpperCase();
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Enough of an id for people to tell it from others. A UUID may begin with the time, and always ends by chance. */
export function shortId(id: string): string {
  if (UUID.test(id)) return `…${id.slice(-8)}`;
  return id.length > 13 ? `${id.slice(0, 8)}…` : id;
}

/** The modes that can be asked for by name, as a choice. */
export const MODE_CHOICES: readonly (readonly [modeName: string, title: string])[] = Object.entries(MODE_TITLES);
