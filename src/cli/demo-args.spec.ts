import { describe, expect, it } from 'vitest';
import { EXAMPLE_MODES } from '../agents/modes.js';
import { DEMO_HELP, parseDemoArgs } from './demo-args.js';

describe('the arguments of the demo', () => {
  it('ask for a decision when nothing is given', () => {
    expect(parseDemoArgs([])).toEqual({ kind: 'run', mode: 'decision', keep: false });
  });

  it.each(EXAMPLE_MODES)('know the mode %s, in both spellings of an option, and name it in the help', (mode) => {
    expect(parseDemoArgs(['--mode', mode])).toEqual({ kind: 'run', mode, keep: false });
    expect(parseDemoArgs([`--mode=${mode}`, '--keep'])).toEqual({ kind: 'run', mode, keep: true });
    expect(DEMO_HELP).toContain(mode);
  });

  it('ask for help', () => {
    expect(parseDemoArgs(['--help', '--mode', 'task'])).toEqual({ kind: 'help' });
  });

  it.each([
    [['--mode', 'auction'], 'auction'],
    [['--mode'], '--mode'],
    [['--fast'], '--fast'],
    [['decision'], 'decision'],
  ])('are refused with a word on what is wrong: %j', (args, word) => {
    const command = parseDemoArgs(args);
    expect(command.kind).toBe('refused');
    expect(command).toHaveProperty('problem', expect.stringContaining(word));
  });
});
