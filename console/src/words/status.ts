import type { Participant, RunStatus } from '../api/types.js';

/** How something stands, for colour and icon: one scale for runs, participants, dependencies and outcomes. */
export type Tone = 'neutral' | 'active' | 'waiting' | 'good' | 'bad' | 'warning';

export const TERMINAL: readonly RunStatus[] = ['completed', 'failed', 'cancelled'];
export const NON_TERMINAL: readonly RunStatus[] = ['queued', 'starting', 'binding_session', 'running', 'suspended'];

export function isTerminal(status: RunStatus): boolean {
  return TERMINAL.includes(status);
}

interface Word {
  readonly word: string;
  readonly tone: Tone;
  /** What it means, in a sentence. */
  readonly meaning: string;
}

export const RUN_STATUS: Readonly<Record<RunStatus, Word>> = {
  queued: { word: 'Queued', tone: 'waiting', meaning: 'Stored, and waiting for its turn.' },
  starting: { word: 'Starting', tone: 'waiting', meaning: 'The session is being opened, or awaited.' },
  binding_session: {
    word: 'Binding',
    tone: 'waiting',
    meaning: 'The session is there; its first messages are on their way.',
  },
  running: { word: 'Running', tone: 'active', meaning: 'The session is open and agents may speak.' },
  suspended: { word: 'Suspended', tone: 'warning', meaning: 'The session is halted until somebody resumes it.' },
  completed: { word: 'Completed', tone: 'good', meaning: 'The agents reached a binding decision.' },
  failed: {
    word: 'Failed',
    tone: 'bad',
    meaning: 'It ended without a decision, and not because somebody wanted it to.',
  },
  cancelled: { word: 'Cancelled', tone: 'neutral', meaning: 'Somebody ended it before a decision.' },
};

export const PARTICIPANT_STATUS: Readonly<Record<Participant['status'], Word>> = {
  idle: { word: 'Idle', tone: 'neutral', meaning: 'Has not been heard of or spoken to yet.' },
  waiting: { word: 'Waiting', tone: 'waiting', meaning: 'Was spoken to, and has not answered yet.' },
  active: { word: 'Active', tone: 'active', meaning: 'Has spoken.' },
  completed: { word: 'Done', tone: 'good', meaning: 'Did its part.' },
  failed: { word: 'Failed', tone: 'bad', meaning: 'Failed, or was the last one active when the run failed.' },
  skipped: { word: 'Silent', tone: 'neutral', meaning: 'Never spoke.' },
};

/** What came out of a run, as a colleague would say it. */
export function outcomeWord(positive: boolean | null | undefined): { word: string; tone: Tone } {
  if (positive === true) return { word: 'Decided for', tone: 'good' };
  if (positive === false) return { word: 'Decided against', tone: 'bad' };
  return { word: 'Outcome could not be read', tone: 'neutral' };
}
