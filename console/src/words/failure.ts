/** Why a run failed, for somebody who does not know our codes. The message beside it tells the particulars. */
export const FAILURES: Readonly<Record<string, string>> = {
  START_REJECTED: 'The runtime refused to open the session',
  KICKOFF_REJECTED: 'The runtime refused the first message',
  // What these two were called before; runs that failed then say so for good.
  SESSION_START_REFUSED: 'The runtime refused to open the session',
  KICKOFF_FAILED: 'The runtime refused the first message',
  START_DEADLINE_EXCEEDED: 'The session could not be started in time',
  SESSION_NOT_OPENED: 'No agent opened the session in time',
  SESSION_EXPIRED: 'Time ran out before a decision',
  SESSION_NOT_FOUND: 'The runtime lost the session',
  REQUEST_INVALID: 'What was asked for cannot be carried out any more',
  RUNTIME_NOT_CONFIGURED: 'It was given up: its runtime is not configured here',
  INTERNAL_ERROR: 'A defect here or at the runtime stopped it',
};

/** A code we know in plain words; another one made readable: `RUNTIME_ERROR` → `Runtime error`. */
export function failureWord(code: string): string {
  const known = FAILURES[code];
  if (known !== undefined) return known;
  const text = code.toLowerCase().replaceAll('_', ' ').trim();
  return text === '' ? 'It failed' : text.charAt(0).toUpperCase() + text.slice(1);
}
