import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { World, aRun, aSnapshot, time } from '../../test/stories/world.js';
import type { RunStatus } from '../contracts/run.js';
import { SESSION_STATES, type SessionState } from '../contracts/session.js';

/** The runtime's sixth state, UNSPECIFIED, teaches nothing and has no column. */
const STATES = ['OPEN', 'SUSPENDED', 'RESOLVED', 'EXPIRED', 'CANCELLED'] as const;

/** What was seen before, so that the run stands where the row begins. */
const BEFORE: Readonly<Record<string, readonly (typeof STATES)[number][]>> = {
  running: ['OPEN'],
  suspended: ['SUSPENDED'],
  completed: ['OPEN', 'RESOLVED'],
  failed: ['OPEN', 'EXPIRED'],
  cancelled: ['OPEN', 'CANCELLED'],
};

class Observed {
  private readonly world: World;
  private seconds = 0;

  constructor(status: RunStatus) {
    this.world = new World({ ...aRun(), status: status === 'queued' ? 'queued' : 'starting' });
    for (const state of BEFORE[status] ?? []) this.see(`SESSION_STATE_${state}`);
    expect(this.world.run.status).toBe(status);
  }

  see(state: SessionState): this {
    this.seconds += 1;
    const at = time(this.seconds * 1_000);
    const snapshot = aSnapshot(this.world.run, state);
    this.world.hear({ kind: 'session-snapshot', receivedAt: at, info: { via: 'read', state, snapshot, askedAt: at } });
    return this;
  }

  get status(): RunStatus {
    return this.world.run.status;
  }

  /** The statuses that the log tells, each change once. */
  get told(): readonly string[] {
    const all = this.world.events.flatMap((event) => {
      const data: Readonly<Record<string, unknown>> = { ...event.data };
      return [data['runStatus'], event.type.startsWith('run.') ? data['status'] : undefined].filter(
        (status) => typeof status === 'string',
      );
    });
    return all.filter((status, index) => status !== all[index - 1]);
  }

  get ends(): number {
    return this.world.events.filter(({ type }) => /^run\.(completed|failed|cancelled)$/.test(type)).length;
  }
}

describe('an observed run', () => {
  it('becomes what SPEC.md says, cell by cell', () => {
    const spec = readFileSync(new URL('./SPEC.md', import.meta.url), 'utf8');
    const rows = [...spec.matchAll(/^\| (?:waiting|bound|over): `(\w+)` *\|(.*)\|$/gm)];
    expect(rows).toHaveLength(7);
    for (const [, name, cells] of rows) {
      const status = name as RunStatus;
      const meant = cells!.split('|').map((cell) => cell.trim().replaceAll('`', '').replace('→ ', ''));
      const became = STATES.map((state) => new Observed(status).see(`SESSION_STATE_${state}`).status);
      expect(became, status).toEqual(meant.map((cell) => (cell === 'already' || cell === 'ended' ? status : cell)));
    }
  });

  it('passes through every status that lies between', () => {
    const found = (state: SessionState) => new Observed('queued').see(state).told;
    expect(found('SESSION_STATE_RESOLVED')).toEqual(['starting', 'binding_session', 'running', 'completed']);
    expect(found('SESSION_STATE_SUSPENDED')).toEqual(['starting', 'binding_session', 'running', 'suspended']);
    expect(found('SESSION_STATE_EXPIRED')).toEqual(['starting', 'binding_session', 'failed']);
    expect(found('SESSION_STATE_CANCELLED')).toEqual(['starting', 'binding_session', 'cancelled']);
  });

  it('ends once, whatever is reported afterwards', () => {
    for (const last of STATES) {
      const run = new Observed('queued').see(`SESSION_STATE_${last}`);
      for (const state of SESSION_STATES) run.see(state);
      expect(run.ends).toBe(1);
    }
  });

  it('is bound in the state in which a session was found, though the state itself is kept for later', () => {
    const run = aRun();
    const world = new World(run);
    const snapshot = aSnapshot(run, 'SESSION_STATE_RESOLVED');
    const info = { via: 'read', state: 'SESSION_STATE_UNSPECIFIED', snapshot } as const;
    world.hear({ kind: 'session-snapshot', receivedAt: time(1), info });
    expect(world.events[0]).toMatchObject({ type: 'session.bound', data: { state: 'SESSION_STATE_RESOLVED' } });
    expect(world.run.status).toBe('binding_session');
    expect(world.run.session.state).toBeUndefined();
  });
});
