import { readFileSync } from 'node:fs';
import { parseConfig } from '../../src/config/config.js';
import { startControlPlane, type ControlPlane } from '../../src/control-plane.server.js';
import { Api } from './api.js';

export interface TestControlPlane extends ControlPlane {
  readonly api: Api;
}

/** Settings that make a control plane fit for tests: a free port, silence, nobody else's runtime. */
export const TEST_ENV = {
  PORT: '0',
  LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
  EMBEDDED_RUNTIME: 'off',
} as const;

/** A control plane in this process. `env` holds at least a store (see `createStore`) and RUNTIME_ADDRESS. */
export async function startTestControlPlane(env: Readonly<Record<string, string>>): Promise<TestControlPlane> {
  const config = parseConfig({ ...TEST_ENV, ...env }, (path) => readFileSync(path, 'utf8'));
  const controlPlane = await startControlPlane(config);
  return { ...controlPlane, api: new Api(controlPlane.url) };
}
