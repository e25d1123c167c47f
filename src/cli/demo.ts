import { exampleRequest } from '../agents/examples.js';
import type { ExampleMode } from '../agents/modes.js';
import { playAgents } from '../agents/play.client.js';
import { DemoApi } from './demo-api.js';
import { DEMO_HELP, parseDemoArgs } from './demo-args.js';
import { startControlPlane } from './demo-control-plane.js';
import type { ControlPlane } from './demo-control-plane.js';
import { eventLine } from './demo-events.js';
import { decisionReport, keepReport, row } from './demo-report.js';

/** From the start of the control plane to the printed decision. */
const DEMO_DEADLINE_MS = 60_000;
/** Pause of an agent before it speaks, so that the events can be watched coming in. */
const AGENT_PACE_MS = 120;

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Plays one run from POST /runs to its decision. Throws when it does not end completed. */
async function playRun(plane: ControlPlane, mode: ExampleMode, signal: AbortSignal): Promise<string> {
  const began = performance.now();
  const api = new DemoApi(plane.url, signal);
  const request = exampleRequest(mode);
  const { runId, sessionId } = await api.launch(request);
  print([row('run', runId), row('session', sessionId), '', request.session.intent ?? '', '']);

  const watch = async (): Promise<void> => {
    for await (const event of api.events(runId)) print([eventLine(event)]);
  };
  const agents = playAgents({
    runtimeAddress: plane.runtimeAddress,
    sessionId,
    mode,
    // The embedded runtime is in development mode: an agent's token is its name.
    tokenFor: (participantId) => participantId,
    signal,
    paceMs: AGENT_PACE_MS,
  });
  await Promise.all([watch(), agents]);
  signal.throwIfAborted();

  const view = await api.state(runId);
  print(['', ...decisionReport(view, performance.now() - began), '']);
  if (view.run.status !== 'completed') throw new Error(`the run ended ${view.run.status}`);
  return runId;
}

async function demo(mode: ExampleMode, keep: boolean, asked: AbortSignal): Promise<void> {
  const work = new AbortController();
  const signal = AbortSignal.any([asked, work.signal, AbortSignal.timeout(DEMO_DEADLINE_MS)]);
  print([`MACP control plane · demo of ${mode} mode`, '', 'Starting …']);
  const plane = await startControlPlane(signal);
  try {
    print([
      row('control plane', `${plane.url} (embedded database in ${plane.dataDir})`),
      row('runtime', `${plane.runtimeAddress} (embedded, development mode)`),
    ]);
    const lost = plane.lost.then((what) => Promise.reject(new Error(what)));
    const runId = await Promise.race([playRun(plane, mode, signal), lost]);
    if (keep) {
      print(keepReport(plane.url, runId));
      await Promise.race([aborted(asked), lost]);
    }
  } finally {
    work.abort();
    await plane.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `it did not finish within ${DEMO_DEADLINE_MS / 1_000} s`;
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

async function main(): Promise<number> {
  const command = parseDemoArgs(process.argv.slice(2));
  if (command.kind === 'help') {
    print([DEMO_HELP]);
    return 0;
  }
  if (command.kind === 'refused') {
    console.error(`${command.problem}\n\n${DEMO_HELP}`);
    return 1;
  }
  const asked = new AbortController();
  // Further signals change nothing: a terminal and npm each send theirs, and the data of the demo is still to be removed.
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => asked.abort(new Error(`stopped by ${name}`)));
  try {
    await demo(command.mode, command.keep, asked.signal);
    return 0;
  } catch (error) {
    console.error(`\nThe demo failed: ${problemOf(error)}`);
    return 1;
  }
}

process.exitCode = await main();
