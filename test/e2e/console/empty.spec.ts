import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsoleAnswer } from '../../support/console-answers.js';
import { ConsoleClient } from '../../support/console-client.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage, DEV_ENV } from '../../support/stage.js';
import { until } from '../../support/until.js';

const BREAKER_ENV = { ...DEV_ENV, RUNTIME_BREAKER_FAILURES_MAX: '2', RUNTIME_BREAKER_OPEN_MS: '100' };

let stage: Stage;
let ui: ConsoleClient;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded(), BREAKER_ENV);
  ui = new ConsoleClient(() => stage.controlPlane.url);
}, 60_000);
afterAll(() => stage.close());

const ALWAYS: readonly [ConsoleAnswer, string][] = [
  ['runPage', '/runs?limit=200&offset=0'],
  ['runPage', '/runs?limit=20'],
  ['eventPage', '/events?limit=250'],
  ['overview', '/dashboard/overview'],
  ['overview', '/dashboard/overview?window=15m'],
  ['overview', '/dashboard/overview?window=30d&scenarioRef=none&environment=none'],
  ['agents', '/dashboard/agents/metrics'],
  ['audit', '/audit?limit=100&offset=0'],
  ['webhooks', '/webhooks'],
  ['circuitHistory', '/admin/circuit-breaker/history'],
  ['circuitHistory', '/admin/circuit-breaker/history?window=30d'],
  ['readiness', '/readyz'],
  ['runtimeHealth', '/runtime/health'],
];

interface Overview {
  readonly kpis: Readonly<Record<string, number | null>>;
  readonly charts: Readonly<Record<string, { readonly labels: string[]; readonly data: number[] }>>;
  readonly recentRuns: readonly unknown[];
}

describe('with nothing there', () => {
  it.each(ALWAYS)('%s of %s is there all the same', (shape, path) => ui.read(shape, path));

  it('the figures are zeros, and every chart is a chart', async () => {
    const { kpis, charts, recentRuns } = await ui.read<Overview>('overview', '/dashboard/overview?window=24h');
    expect(Object.values(kpis).every((value) => value === 0 || value === null)).toBe(true);
    expect(charts['runVolume']?.labels.length).toBe(25);
    expect(charts['runVolume']?.data.every((value) => value === 0)).toBe(true);
    expect(charts['latency']).toEqual({ labels: [], data: [] });
    expect(recentRuns).toEqual([]);
  });
});

describe('with the runtime away', () => {
  beforeAll(() => stage.runtime.kill());
  afterAll(() => stage.runtime.restart());

  const stateOf = async () =>
    (await ui.read<{ state: string }>('circuitHistory', '/admin/circuit-breaker/history')).state;

  it.each(ALWAYS)('%s of %s is there all the same', (shape, path) => ui.read(shape, path));

  it('health is 200 and not ok, and readiness says so too', async () => {
    expect(await ui.read('runtimeHealth', '/runtime/health')).toMatchObject({ ok: false, runtimeKind: 'rust' });
    await until('readiness has noticed', async () => {
      const { runtime } = await ui.read<{ runtime: { ok: boolean } }>('readiness', '/readyz');
      return runtime.ok ? undefined : true;
    });
  });

  it.each(['/runtime/modes', '/runtime/manifest', '/runtime/roots', '/runtime/policies', '/runtime/policies/x'])(
    '%s is refused with 503',
    async (path) => {
      expect(await ui.refused('GET', path)).toEqual({ status: 503, errorCode: 'RUNTIME_UNAVAILABLE' });
    },
  );

  it('a launch is judged without it', async () => {
    const body = {
      runtime: { kind: 'rust' },
      session: {
        modeName: 'macp.mode.decision.v1',
        modeVersion: '1.0.0',
        configurationVersion: 'c',
        ttlMs: 1_000,
        participants: [{ id: 'a' }],
      },
    };
    const report = await ui.post<{ warnings: string[] }>('validation', '/runs/validate', body);
    expect(report).toMatchObject({ valid: true, runtime: { reachable: false, supportedModes: [] } });
    expect(report.warnings.join()).toContain('cannot be reached');
  });

  it('the circuit breaker opens, shows it, and is reset', async () => {
    await until('the breaker is open', async () => {
      await ui.refused('GET', '/runtime/modes');
      return (await stateOf()) === 'OPEN' ? true : undefined;
    });
    const { circuitBreaker } = await ui.read<{ circuitBreaker: string }>('readiness', '/readyz');
    expect(['OPEN', 'HALF_OPEN']).toContain(circuitBreaker);
    expect(await ui.post('json', '/admin/circuit-breaker/reset')).toEqual({
      status: 'ok',
      kind: 'rust',
      state: 'CLOSED',
    });
    const { history } = await ui.read<{ history: { state: string; reason: string }[] }>(
      'circuitHistory',
      '/admin/circuit-breaker/history?window=1h',
    );
    expect(history.map(({ state }) => state).slice(0, 2)).toEqual(['CLOSED', 'OPEN']);
    expect(history.at(-1)).toMatchObject({ state: 'CLOSED', reason: 'reset on request' });
    expect(history[1]?.reason).toContain('UNAVAILABLE');
  });

  it('the circuit breaker closes by itself when the runtime answers again', async () => {
    await until('the breaker is open', async () => {
      await ui.refused('GET', '/runtime/modes');
      return (await stateOf()) === 'OPEN' ? true : undefined;
    });
    await stage.runtime.restart();
    await until('the modes are there again', async () => {
      const { status } = await ui.send('GET', '/runtime/modes');
      return status === 200 ? true : undefined;
    });
    expect(await stateOf()).toBe('CLOSED');
    await stage.runtime.kill();
  });

  it('unknown kinds and windows are refused', async () => {
    expect(await ui.refused('GET', '/admin/circuit-breaker/history?window=1y')).toMatchObject({ status: 400 });
    expect(await ui.refused('POST', '/admin/circuit-breaker/reset?kind=nope')).toEqual({
      status: 400,
      errorCode: 'RUNTIME_KIND_UNKNOWN',
    });
  });
});
