import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartRuntime } from '../contracts/runtime-scene.js';
import { EXAMPLE_CAST, PYTHON_MODES } from './example-agents.js';
import type { RuntimeToken } from './rust-runtime.js';
import { Stage, staticTokenFor } from './stage.js';

const PLAYERS = [...new Set(PYTHON_MODES.flatMap((mode) => EXAMPLE_CAST[mode]))];
const TOKENS: readonly RuntimeToken[] = [
  ...PLAYERS.map((sender) => ({ token: staticTokenFor(sender), sender })),
  { token: 'token-observer', sender: 'control-plane', is_observer: true, can_start_sessions: false },
];
/** The one identity the control plane has: it can neither open nor end any of these sessions. */
const OBSERVER_ENV = {
  RUNTIME_SERVICE_TOKEN: 'token-observer',
  RUNTIME_DEV_IDENTITY: 'false',
  CANCEL_CALLBACK_HOSTS: '127.0.0.1',
  CANCEL_CALLBACK_NETWORKS: '127.0.0.0/8',
};

/** A stage whose control plane only observes, and the tokens of the examples’ agents in a file. */
export async function openExampleStage(start: StartRuntime) {
  const directory = await mkdtemp(join(tmpdir(), 'macp-examples-'));
  const tokens = join(directory, 'tokens.json');
  await writeFile(tokens, JSON.stringify(Object.fromEntries(PLAYERS.map((id) => [id, staticTokenFor(id)]))));
  const stage = await Stage.open(await start({ tokens: TOKENS }), OBSERVER_ENV, staticTokenFor);
  return {
    stage,
    tokens,
    close: async () => {
      await stage.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
