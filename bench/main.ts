import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { BARS } from './bars.js';
import { SCENARIOS } from './scenarios.js';
import { play, type Given } from './support/play.js';
import type { Measured, Scenario } from './support/scenario.js';
import { findServer, type Server } from './support/scratch.client.js';
import { table } from './support/table.js';
import { fails, linesOf, type Line } from './support/verdict.js';

const EXIT_MISSED = 1;
const EXIT_USAGE = 2;
/** From a signal to the end of the process, whatever is still open. */
const LEAVE_MS_MAX = 60_000;
const MILLION = 1_000_000;

const USAGE = `npm run bench -- [SCENARIO …] [options]

  --list            the scenarios and their bars
  --rounds N        plays each scenario N times: median, smallest and largest figure (default 1)
  --json FILE       writes all figures there
  --runs N          runs in the list scenario (default 1 000 000)
  --envelopes N     envelopes of the soak scenario (default 100 000)
  --minutes N       how long the console scenario watches a run (default 3)
  --full            the soak scenario with its 1 000 000 envelopes
  --embedded        measures the embedded database even where a PostgreSQL server is found

The database is the server of BENCH_DATABASE_URL, else the one of TEST_DATABASE_URL, else one running on this
machine, else a temporary one, else the embedded one. Every scenario has a scratch database of its own. Exits
with ${EXIT_MISSED} when a ratio bar is missed or something could not be measured.
`;

const OPTIONS = {
  list: { type: 'boolean' },
  help: { type: 'boolean' },
  full: { type: 'boolean' },
  embedded: { type: 'boolean' },
  rounds: { type: 'string', default: '1' },
  runs: { type: 'string', default: String(MILLION) },
  envelopes: { type: 'string', default: '100000' },
  minutes: { type: 'string', default: '3' },
  json: { type: 'string' },
} as const;

interface Outcome {
  readonly lines: readonly Line[];
  readonly problems: readonly string[];
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help || values.list) {
    process.stdout.write(values.help ? USAGE : listing());
    return 0;
  }
  const unknown = positionals.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no scenario ${unknown.join(', ')}.\n\n${listing()}`);
    return EXIT_USAGE;
  }
  const chosen = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const sizes = {
    runs: whole(values.runs),
    envelopes: values.full ? MILLION : whole(values.envelopes),
    minutes: whole(values.minutes),
  };
  const server = values.embedded ? undefined : await findServer();
  try {
    const where = machine(server);
    process.stdout.write(`${where}\n\n`);
    const outcome = await playAll(chosen, whole(values.rounds), { server, sizes, interrupt: interrupt() });
    process.stdout.write(`${table(outcome.lines)}\n`);
    for (const problem of outcome.problems) process.stdout.write(`not measured: ${problem}\n`);
    if (values.json !== undefined) writeFileSync(values.json, json(where, outcome));
    return exitCode(outcome, server);
  } finally {
    server?.stop();
  }
}

async function playAll(scenarios: readonly Scenario[], rounds: number, given: Given): Promise<Outcome> {
  const lines: Line[] = [];
  const problems: string[] = [];
  for (const scenario of scenarios) {
    const figures: (readonly Measured[])[] = [];
    for (let round = 1; round <= rounds && !given.interrupt.aborted; round += 1) {
      process.stderr.write(`${scenario.name}, round ${round} of ${rounds}\n`);
      const played = await play(scenario, given);
      if ('figures' in played) figures.push(played.figures);
      else problems.push(`${scenario.name}, round ${round}: ${played.problem}`);
    }
    lines.push(...linesOf(scenario.name, figures));
  }
  const order = Object.keys(BARS);
  const place = ({ bar }: Line): number => (bar === undefined ? order.length : order.indexOf(bar));
  return { lines: lines.toSorted((a, b) => place(a) - place(b)), problems };
}

/**
 * Aborts at the first signal, so that what is under way is cleaned up. Further ones change nothing: a terminal and a parent
 * may each send the same one. A cleaning up that takes too long is given up.
 */
function interrupt(): AbortSignal {
  const controller = new AbortController();
  const leave = (): void => {
    controller.abort();
    setTimeout(() => process.exit(EXIT_MISSED), LEAVE_MS_MAX).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, leave);
  return controller.signal;
}

/** The bars are set for PostgreSQL: on the embedded database they are shown, and only a scenario that broke fails. */
function exitCode({ lines, problems }: Outcome, server: Server | undefined): number {
  return problems.length > 0 || (server !== undefined && lines.some(fails)) ? EXIT_MISSED : 0;
}

function machine(server: Server | undefined): string {
  const memory = Math.round(totalmem() / 1_024 ** 3);
  const database = server?.what ?? 'the embedded database (no PostgreSQL; the bars are set for PostgreSQL)';
  const hardware = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? ''}), ${memory} GiB`;
  // Whoever reads a figure later has to know whether it was measured on a machine that did other things.
  const load = `load average before ${(loadavg()[0] ?? 0).toFixed(1)}`;
  return `${hardware}, Node.js ${process.versions.node}, ${load}\n${database}`;
}

function listing(): string {
  const entries = SCENARIOS.map(({ name, about, bars }) => {
    const asked = bars.map((bar) => `${' '.repeat(16)}bar ${BARS[bar].number}: ${BARS[bar].name}`);
    return [`${name.padEnd(16)}${about}`, ...asked].join('\n');
  });
  return `${entries.join('\n')}\n`;
}

function json(where: string, { lines, problems }: Outcome): string {
  return `${JSON.stringify({ machine: where, at: new Date().toISOString(), lines, problems }, null, 2)}\n`;
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`a whole number is needed, not "${text}"\n\n${USAGE}`);
  return Number(text);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(EXIT_USAGE);
  },
);
