import { EXAMPLE_MODES, type ExampleMode } from '../../../src/agents/modes.js';
import type { RunRecord } from '../../../src/contracts/run-record.js';
import { untilSearchable } from '../../support/database.js';
import { ConsoleClient } from '../../support/console-client.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import type { Launched } from '../../support/api.js';
import { Stage, requestOf } from '../../support/stage.js';
import { COMMITMENT } from '../../support/voters.js';
import { RecordedRun } from '../http/recorded-run.js';

export const SCENARIO = 'fraud/high-value@1.0.0';

/** What the playground writes into a run's metadata. */
export const PLAYGROUND_METADATA = {
  source: 'macp-playground',
  sourceRef: SCENARIO,
  scenarioRef: SCENARIO,
  templateId: 'default',
  environment: 'staging',
  runLabel: 'Evening check',
  demoType: 'fraud',
  specialists: ['risk', 'fraud'],
  session_context: { customerId: 'CUST-1001', amount: 2400 },
  policyHints: { type: 'majority', description: 'more than half', threshold: 0.5, vetoEnabled: false },
} as const;

/** Runs in every state that a page can meet. */
export class Scene {
  private constructor(
    readonly stage: Stage,
    readonly ui: ConsoleClient,
    /** One finished run per mode, played by agents. */
    readonly done: Readonly<Record<ExampleMode, Launched>>,
    /** Completed with a decision against. */
    readonly declined: Launched,
    readonly running: Launched,
    readonly suspended: Launched,
    readonly cancelled: Launched,
    /** No runtime knows its session. */
    readonly queued: RecordedRun,
    readonly failed: RecordedRun,
  ) {}

  static async open(): Promise<Scene> {
    const stage = await Stage.open(await startEmbedded());
    const ui = new ConsoleClient(() => stage.controlPlane.url);
    const played = EXAMPLE_MODES.map(async (mode) => [mode, await playedRun(stage, mode)] as const);
    const done = Object.fromEntries(await Promise.all(played)) as Record<ExampleMode, Launched>;
    const declined = await openRun(stage);
    await stage.api.ok('POST', `/runs/${declined.runId}/messages`, declining());
    await stage.api.untilStatus(declined.runId, 'completed');
    const running = await openRun(stage);
    await callModel(stage, running);
    const suspended = await openRun(stage);
    await stage.api.command(suspended.runId, 'suspend');
    const cancelled = await openRun(stage);
    await stage.api.command(cancelled.runId, 'cancel');
    const queued = await RecordedRun.create(stage.controlPlane.app);
    const failed = await RecordedRun.create(stage.controlPlane.app);
    await failed.end('failed');
    await untilSearchable(stage.controlPlane.database);
    return new Scene(stage, ui, done, declined, running, suspended, cancelled, queued, failed);
  }

  /** Of every run there is: its id, and the session's. */
  get refs(): readonly string[] {
    const launched = [...Object.values(this.done), this.declined, this.running, this.suspended, this.cancelled];
    const recorded = [this.queued, this.failed].flatMap(({ id, sessionId }) => [id, sessionId]);
    return [...launched.flatMap(({ runId, sessionId }) => [runId, sessionId]), ...recorded];
  }

  get records(): Promise<readonly RunRecord[]> {
    return this.ui.read<{ data: RunRecord[] }>('runPage', '/runs?limit=200').then(({ data }) => data);
  }

  close(): Promise<void> {
    return this.stage.close();
  }
}

async function playedRun(stage: Stage, mode: ExampleMode): Promise<Launched> {
  const launched = await stage.api.launch(requestOf(mode, { metadata: PLAYGROUND_METADATA }));
  await stage.play(launched, mode);
  await stage.api.untilStatus(launched.runId, 'completed');
  await stage.untilIntroduced(launched, mode);
  return launched;
}

export async function openRun(stage: Stage): Promise<Launched> {
  const launched = await stage.api.launch(requestOf('decision', { metadata: { scenarioRef: 'fraud/other@2' } }));
  await stage.api.untilStatus(launched.runId, 'running');
  return launched;
}

/** An agent tells of a call to a model, as the public agents do: by a signal. */
async function callModel(stage: Stage, { runId }: Launched): Promise<void> {
  await stage.api.ok('POST', `/runs/${runId}/signal`, {
    from: 'agent://alice',
    signalType: 'llm.call.completed',
    data: {
      model: 'm-1',
      provider: 'acme',
      promptTokens: 700,
      completionTokens: 300,
      totalTokens: 1_000,
      latencyMs: 420,
      estimatedCostUsd: 0.25,
      prompt: 'Is it safe?',
      response: 'It is.',
    },
  });
  await stage.api.untilEvent(runId, ({ type }) => type === 'llm.call.completed');
}

function declining(): object {
  const payload = { ...COMMITMENT, action: 'decline', outcomePositive: false };
  return { from: 'agent://lead', messageType: 'Commitment', payload };
}
