import type { RunStatus } from '../contracts/run.js';
import { AppError } from '../errors/app-error.js';

/**
 * What may move a run. `start`, `open` and `fail` are ours, `bind`, `suspend`, `resume`, `complete` and `cancel` come
 * from the runtime's session (a `cancel` also from us while no session exists).
 */
export const RUN_INPUTS = ['start', 'bind', 'open', 'suspend', 'resume', 'complete', 'fail', 'cancel'] as const;
export type RunInput = (typeof RUN_INPUTS)[number];

/** A status: the run moves there. `already`: it holds; nothing is recorded. `refused`: an error. `ended`: too late. */
export type Cell = RunStatus | 'already' | 'refused' | 'ended';

const ENDED: Record<RunInput, Cell> = {
  start: 'ended',
  bind: 'ended',
  open: 'ended',
  suspend: 'ended',
  resume: 'ended',
  complete: 'ended',
  fail: 'ended',
  cancel: 'ended',
};

/** The whole machine, cell by cell; SPEC.md says why each is as it is. */
export const MACHINE: Record<RunStatus, Record<RunInput, Cell>> = {
  queued: {
    start: 'starting',
    bind: 'refused',
    open: 'refused',
    suspend: 'refused',
    resume: 'refused',
    complete: 'refused',
    fail: 'failed',
    cancel: 'cancelled',
  },
  starting: {
    start: 'already',
    bind: 'binding_session',
    open: 'refused',
    suspend: 'refused',
    resume: 'refused',
    complete: 'refused',
    fail: 'failed',
    cancel: 'cancelled',
  },
  binding_session: {
    start: 'already',
    bind: 'already',
    open: 'running',
    suspend: 'refused',
    resume: 'refused',
    complete: 'refused',
    fail: 'failed',
    cancel: 'cancelled',
  },
  running: {
    start: 'already',
    bind: 'already',
    open: 'already',
    suspend: 'suspended',
    resume: 'already',
    complete: 'completed',
    fail: 'failed',
    cancel: 'cancelled',
  },
  suspended: {
    start: 'already',
    bind: 'already',
    open: 'already',
    suspend: 'already',
    resume: 'running',
    complete: 'completed',
    fail: 'failed',
    cancel: 'cancelled',
  },
  completed: { ...ENDED, complete: 'already' },
  failed: { ...ENDED, fail: 'already' },
  cancelled: { ...ENDED, cancel: 'already' },
};

const isStatus = (cell: Cell): cell is RunStatus => cell !== 'already' && cell !== 'refused' && cell !== 'ended';

/** Where a run may go from here, derived from the table. Empty for a terminal status. */
export function nextOf(status: RunStatus): readonly RunStatus[] {
  return [...new Set(Object.values(MACHINE[status]).filter(isStatus))];
}

/**
 * Whether the input moves the run. Asking again for what already holds, or after the end, records nothing; a refused
 * input is an AppError `INVALID_STATE_TRANSITION`.
 */
export function moves(status: RunStatus, input: RunInput): boolean {
  const cell = MACHINE[status][input];
  if (cell === 'refused') {
    throw new AppError('INVALID_STATE_TRANSITION', `A ${status} run cannot ${input}.`, { status, input });
  }
  return isStatus(cell);
}
