import type { Run } from '../api/types.js';

/** A run for tests: one that is running, with what matters changed. An undefined field is left out. */
export function runFixture(changes: { readonly [K in keyof Run]?: Run[K] | undefined } = {}): Run {
  const run = {
    id: '01981b5e-3c1e-7d5b-9a77-2f8a1c0b9d3e',
    status: 'running',
    mode: 'live',
    executionMode: 'driver',
    modeName: 'macp.mode.decision.v1',
    runtimeKind: 'rust',
    sessionId: '01981b5e-4a02-7b1c-8e4f-0d7c6b5a4938',
    runtimeSessionId: '01981b5e-4a02-7b1c-8e4f-0d7c6b5a4938',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    tags: [],
    createdAt: '2026-07-10T12:00:00.000Z',
    updatedAt: '2026-07-10T12:00:00.000Z',
    startedAt: '2026-07-10T12:00:00.000Z',
    archivedAt: null,
    metadata: {},
    ...changes,
  };
  return Object.fromEntries(Object.entries(run).filter(([, value]) => value !== undefined)) as Run;
}
