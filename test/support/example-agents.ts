import { execFile, type ExecFileException } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Api } from './api.js';

/** More than the examples give themselves, because they know best what they waited for; less than a test that plays has. */
const PLAY_MS_MAX = 90_000;
const OUTPUT_BYTES_MAX = 1_048_576;
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const pythonExample = join(root, 'examples', 'python', 'agents.py');

/** The modes that the Python example plays: all for which the SDK has a session helper. */
export const PYTHON_MODES = ['decision', 'proposal', 'task', 'handoff', 'quorum'] as const;
export type PythonMode = (typeof PYTHON_MODES)[number];

/** Everybody who appears in a play of the examples; the first one opens the session. */
export const EXAMPLE_CAST: Record<PythonMode, readonly [string, ...string[]]> = {
  decision: ['agent://lead', 'agent://alice', 'agent://bob'],
  proposal: ['agent://buyer', 'agent://seller'],
  task: ['agent://planner', 'agent://writer'],
  handoff: ['agent://frontdesk', 'agent://billing'],
  quorum: ['agent://requester', 'agent://dba', 'agent://sre', 'agent://legal'],
};

/** A message of a session: as its initiator read it off the stream, or as the control plane recorded it. */
export interface Played {
  readonly sessionId: string;
  readonly messageId: string;
  readonly messageType: string;
  readonly sender: string;
}

export interface ExamplePlay {
  /** host:port */
  readonly runtime: string;
  readonly sessionId: string;
  /** JSON file {participant: token}. */
  readonly tokens: string;
}

/** The Python that has the SDK, from the environment; undefined when there is none. */
export function sdkPython(): string | undefined {
  const path = process.env['MACP_SDK_PYTHON'];
  return path !== undefined && existsSync(path) ? path : undefined;
}

/** Lets agents of the public Python SDK open and play a session; resolves with its messages in the order of acceptance. */
export function playInPython(
  python: string,
  mode: PythonMode,
  play: ExamplePlay,
  more: readonly string[] = [],
): Promise<readonly Played[]> {
  return run(python, [pythonExample, '--mode', mode, ...more], play);
}

/** The same while the threads of the SDK take long to end; rejects when one of them is left at the end of the play. */
export function playWithLingeringThreads(
  python: string,
  mode: PythonMode,
  play: ExamplePlay,
): Promise<readonly Played[]> {
  const script = [join(root, 'test', 'support', 'lingering_threads.py'), pythonExample, '--mode', mode];
  return run(python, script, play);
}

/** The same for the TypeScript example, which plays decision mode; `npm run build` has to have run. */
export function playInTypeScript(play: ExamplePlay): Promise<readonly Played[]> {
  return run(process.execPath, [join(root, 'dist', 'examples', 'typescript', 'agents.js')], play);
}

/** What the control plane recorded of the session’s history, in the same form. */
export async function recorded(api: Api, runId: string): Promise<readonly Played[]> {
  const events = await api.events(runId);
  return events.flatMap((event) => {
    if (event.type !== 'message.received' || event.data.ambient) return [];
    const { sessionId, messageId, messageType, sender } = event.data;
    return [{ sessionId, messageId, messageType, sender }];
  });
}

async function run(command: string, script: readonly string[], play: ExamplePlay): Promise<readonly Played[]> {
  const args = [...script, '--runtime', play.runtime, '--session', play.sessionId, '--tokens', play.tokens];
  const ending = promisify(execFile)(command, args, {
    timeout: PLAY_MS_MAX,
    maxBuffer: OUTPUT_BYTES_MAX,
    // A Python that hangs, even in its own end, then writes where each of its threads stands.
    killSignal: 'SIGABRT',
    env: { ...process.env, PYTHONFAULTHANDLER: '1' },
  });
  const { stdout } = await ending.catch((error: unknown) => {
    const { killed, stdout: printed } = error as ExecFileException;
    const how = killed === true ? `was stopped after ${PLAY_MS_MAX} ms` : 'failed';
    throw new Error(`the play ${how}, having printed: ${printed ?? ''}`, { cause: error });
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Played);
}
