import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RUN_STATUSES, isTerminal } from '../contracts/run.js';
import { MACHINE, RUN_INPUTS, moves, nextOf } from './machine.js';

describe('the run machine', () => {
  it('is the machine of the architecture', () => {
    expect(nextOf('queued').toSorted()).toEqual(['cancelled', 'failed', 'starting']);
    expect(nextOf('starting').toSorted()).toEqual(['binding_session', 'cancelled', 'failed']);
    expect(nextOf('binding_session').toSorted()).toEqual(['cancelled', 'failed', 'running']);
    expect(nextOf('running').toSorted()).toEqual(['cancelled', 'completed', 'failed', 'suspended']);
    expect(nextOf('suspended').toSorted()).toEqual(['cancelled', 'completed', 'failed', 'running']);
  });

  it('has no way out of a terminal status', () => {
    for (const status of RUN_STATUSES) {
      expect(nextOf(status).length === 0).toBe(isTerminal(status));
    }
  });

  it('refuses what comes too early and ignores what comes again', () => {
    expect(() => moves('queued', 'complete')).toThrow(expect.objectContaining({ code: 'INVALID_STATE_TRANSITION' }));
    expect(moves('running', 'open')).toBe(false);
    expect(moves('completed', 'cancel')).toBe(false);
    expect(moves('running', 'complete')).toBe(true);
  });

  it('stands in SPEC.md cell by cell', () => {
    const spec = readFileSync(new URL('./SPEC.md', import.meta.url), 'utf8');
    for (const status of RUN_STATUSES) {
      const row = spec.split('\n').find((line) => line.split('|')[1]?.trim() === `\`${status}\``);
      const cells = row
        ?.split('|')
        .slice(2, -1)
        .map((cell) => cell.trim().replaceAll('`', '').replace('→ ', ''));
      expect(cells, status).toEqual(RUN_INPUTS.map((input) => MACHINE[status][input]));
    }
  });
});
