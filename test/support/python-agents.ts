import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PLAY_MS_MAX = 90_000;
const OUTPUT_BYTES_MAX = 1_048_576;
const agents = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples', 'python', 'agents.py');

/** The modes that the example plays: all for which the SDK has a session helper. */
export const PYTHON_MODES = ['decision', 'proposal', 'task', 'handoff', 'quorum'] as const;
export type PythonMode = (typeof PYTHON_MODES)[number];

/** Everybody who appears in a play; the first one opens the session. */
export const PYTHON_CAST: Record<PythonMode, readonly [string, ...string[]]> = {
  decision: ['agent://lead', 'agent://alice', 'agent://bob'],
  proposal: ['agent://buyer', 'agent://seller'],
  task: ['agent://planner', 'agent://writer'],
  handoff: ['agent://frontdesk', 'agent://billing'],
  quorum: ['agent://requester', 'agent://dba', 'agent://sre', 'agent://legal'],
};

/** A message as the initiator read it off the session's stream. */
export interface Played {
  readonly sessionId: string;
  readonly messageId: string;
  readonly messageType: string;
  readonly sender: string;
}

/** The Python that has the SDK, from the environment; undefined when there is none. */
export function sdkPython(): string | undefined {
  const path = process.env['MACP_SDK_PYTHON'];
  return path !== undefined && existsSync(path) ? path : undefined;
}

/** Lets agents of the public Python SDK open and play a session; resolves with its messages in the order of acceptance. */
export async function playWithPython(
  python: string,
  play: { readonly runtime: string; readonly mode: PythonMode; readonly sessionId: string; readonly tokens?: string },
): Promise<readonly Played[]> {
  const { runtime, mode, sessionId, tokens } = play;
  const args = [agents, '--runtime', runtime, '--mode', mode, '--session', sessionId];
  if (tokens !== undefined) args.push('--tokens', tokens);
  const { stdout } = await promisify(execFile)(python, args, { timeout: PLAY_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Played);
}
