import { parseArgs } from 'node:util';
import { EXAMPLE_MODES } from '../agents/modes.js';
import type { ExampleMode } from '../agents/modes.js';

export type DemoCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly mode: ExampleMode; readonly keep: boolean }
  | { readonly kind: 'refused'; readonly problem: string };

export const DEMO_HELP = `Usage: npm run demo -- [--mode <mode>] [--keep]

Starts the control plane with its embedded database and embedded runtime, launches a run and lets scripted
agents bring it to its end.

  --mode <mode>  ${EXAMPLE_MODES.join(' | ')}  (default: decision)
  --keep         leave the service running afterwards and print its address; Ctrl-C ends it
  --help         this text`;

/** What the command line asks for. Never throws. */
export function parseDemoArgs(args: readonly string[]): DemoCommand {
  const options = {
    mode: { type: 'string' },
    keep: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help === true) return { kind: 'help' };
    const wanted = values.mode ?? 'decision';
    const mode = EXAMPLE_MODES.find((known) => known === wanted);
    if (!mode) return { kind: 'refused', problem: `Unknown mode “${wanted}”; known are ${EXAMPLE_MODES.join(', ')}.` };
    return { kind: 'run', mode, keep: values.keep === true };
  } catch (error) {
    return { kind: 'refused', problem: error instanceof Error ? error.message : 'The arguments cannot be read.' };
  }
}
