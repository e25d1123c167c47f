import { setTimeout as sleep } from 'node:timers/promises';
import { exampleRequest } from '../../src/agents/examples.js';
import { Api } from './api.client.js';
import { Child } from './child.client.js';
import { cpuMsOf } from './cpu.client.js';
import { PROPOSAL_ID, SENDER } from './envelopes.js';
import { Host, type Row } from './host.client.js';
import { eachOf } from './open-loop.js';
import { waitMs, type Progress } from './progress.js';
import type { Context } from './scenario.js';
import { createScratch, openQueries, type RunQuery, type Scratch } from './scratch.client.js';
import { Sender } from './sender.client.js';

const LAUNCHES_AT_ONCE = 16;
const POLL_MS = 10;
/** SessionStart and the one proposal of `decisionRequest`, as they come back on the stream. */
const KICKOFF_ENVELOPES = 2;
const TTL_MS = 12 * 3_600_000;
const LEAD = 'agent://lead';
/** Envelopes of the load runtime that nobody has read yet; it keeps them in memory. */
const RUNTIME_HEAP_MB = 8_192;

/** How many envelopes of these runs are stored. The one place where the suite knows a column of the service. */
const STORED = 'select coalesce(sum(last_ordinal), 0)::int as stored from runs where id = any($1::uuid[])';

/** The processes of PostgreSQL that have to do with anybody now. */
const BACKENDS = 'select pid from pg_stat_activity';

/** CPU time since each began, milliseconds. */
export interface CpuTimes {
  readonly controlPlane: number;
  readonly runtime: number;
  /** 0 where it is part of the control plane, or not on this machine. */
  readonly database: number;
}

export interface StageOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly gated?: boolean;
}

export interface LaunchedRun {
  readonly runId: string;
  readonly sessionId: string;
}

/** Everything one scenario is played on: a fresh database, a load runtime, the control plane between them, an agent. */
export class Stage {
  private constructor(
    readonly runtimeAddress: string,
    readonly host: Host,
    readonly api: Api,
    readonly sender: Sender,
    readonly scratch: Scratch,
    /** Beside the service on PostgreSQL; through it on the embedded database, which has no other way in. */
    private readonly runQuery: RunQuery,
    private readonly runtime: Child,
    private readonly isGated: boolean,
    private readonly context: Context,
  ) {}

  /**
   * What it opens is closed at the end of the scenario. `env` is added to the control plane's environment. Behind a gate the
   * runtime can be loaded first (`loaded`, `ingest`); without one nothing stands between the two.
   */
  static async open(context: Context, { env = {}, gated = false }: StageOptions = {}): Promise<Stage> {
    const { signal, server } = context;
    context.phase('starting the processes');
    const scratch = context.own(await createScratch(server), (it) => it.drop());
    const runtime = await Child.start('bench/support/load-runtime.main.js', {
      signal,
      execArgv: [`--max-old-space-size=${RUNTIME_HEAP_MB}`, '--expose-gc'],
    });
    context.own(runtime.child, (it) => it.stop());
    const address = runtime.at;
    const heard = gated ? await runtime.child.ask<string>('gateAddress') : address;
    const host = context.own(await Host.start({ ...scratch.env, RUNTIME_ADDRESS: heard, ...env }, signal), (it) =>
      it.stop(),
    );
    const api = context.own(new Api(host.url, signal), (it) => it.close());
    const sender = context.own(new Sender(address), (it) => it.close());
    const outside =
      scratch.url === undefined ? undefined : context.own(await openQueries(scratch.url), (it) => it.close());
    const query = outside?.query ?? ((text: string, values: readonly unknown[]) => host.query(text, values));
    return new Stage(address, host, api, sender, scratch, query, runtime.child, gated, context);
  }

  get signal(): AbortSignal {
    return this.context.signal;
  }

  /** Launches so many decision runs and waits until each is running. */
  launch(count: number): Promise<readonly LaunchedRun[]> {
    return eachOf(count, LAUNCHES_AT_ONCE, async () => {
      const run = await this.api.post<LaunchedRun>('/runs', decisionRequest());
      await this.untilRunning(run.runId);
      return run;
    });
  }

  /** Launches runs whose sessions hold so many envelopes behind the closed gate of the runtime; `ingest` opens it. */
  async loaded(count: number, perRun: number): Promise<readonly LaunchedRun[]> {
    if (!this.isGated) throw new Error('only behind a gate can a load wait');
    this.context.phase(`launching ${count} run(s)`);
    const runs = await this.launch(count);
    await this.untilStored(runs, count * KICKOFF_ENVELOPES);
    await this.runtime.ask('closeGate');
    this.context.phase(`filling ${count} session(s) with ${perRun} envelopes each`);
    await this.sender.fill(
      runs.map(({ sessionId }) => sessionId),
      perRun,
      this.context.signal,
    );
    await this.runtime.ask('settle');
    return runs;
  }

  /** Lets the load arrive until so many more envelopes are stored; answers how far it was when, from 0 on (`waitMs`). */
  async ingest(runs: readonly LaunchedRun[], envelopes: number, everyMs: number): Promise<readonly Progress[]> {
    const before = await this.stored(runs);
    this.context.phase(`ingesting ${envelopes} envelopes of ${runs.length} run(s)`);
    const sampled = async (count: number): Promise<Progress> => {
      const cpuMs = await this.host.cpuMs();
      return { at: performance.now(), cpuMs, count };
    };
    const samples = [await sampled(0)];
    await this.runtime.ask('openGate');
    for (let count = 0; count < envelopes;) {
      await sleep(waitMs(samples, envelopes, everyMs), undefined, { signal: this.context.signal });
      count = (await this.stored(runs)) - before;
      samples.push(await sampled(count));
    }
    return samples;
  }

  /** What everybody who takes part has used so far. */
  async cpu(): Promise<CpuTimes> {
    const backends = this.scratch.url === undefined ? [] : await this.query(BACKENDS);
    const [controlPlane, runtime] = await Promise.all([this.host.cpuMs(), this.runtime.ask<number>('cpuMs')]);
    const database = backends.reduce((sum, { pid }) => sum + (cpuMsOf(Number(pid), 'postgres') ?? 0), 0);
    return { controlPlane, runtime, database };
  }

  query(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.runQuery(text, values);
  }

  async stored(runs: readonly LaunchedRun[]): Promise<number> {
    const [row] = await this.query(STORED, [idsOf(runs)]);
    return Number(row?.['stored']);
  }

  async untilStored(runs: readonly LaunchedRun[], count: number): Promise<void> {
    while ((await this.stored(runs)) < count) await sleep(POLL_MS, undefined, { signal: this.context.signal });
  }

  /** The run's last event. */
  async latestSeq(runId: string): Promise<number> {
    const state = await this.api.get<{ timeline: { latestSeq: number } }>(`/runs/${runId}/state`);
    return state.timeline.latestSeq;
  }

  streamUrl(runId: string, query = 'includeSnapshot=false'): string {
    return `${this.host.url}/runs/${runId}/stream?${query}`;
  }

  private async untilRunning(runId: string): Promise<void> {
    for (;;) {
      const { status } = await this.api.get<{ status: string }>(`/runs/${runId}`);
      if (status === 'running') return;
      if (['completed', 'failed', 'cancelled'].includes(status)) throw new Error(`run ${runId} is ${status}`);
      await sleep(POLL_MS, undefined, { signal: this.context.signal });
    }
  }
}

export function idsOf(runs: readonly LaunchedRun[]): readonly string[] {
  return runs.map(({ runId }) => runId);
}

/** A decision that nobody ends: a lead who proposes, and one agent who may say as much as it likes. */
export function decisionRequest(): object {
  const example = exampleRequest('decision');
  return {
    ...example,
    session: {
      ...example.session,
      ttlMs: TTL_MS,
      initiatorParticipantId: LEAD,
      participants: [{ id: LEAD }, { id: SENDER }],
    },
    kickoff: [
      {
        from: LEAD,
        to: [],
        kind: 'proposal',
        messageType: 'Proposal',
        payload: { proposalId: PROPOSAL_ID, option: 'go', rationale: 'measuring' },
      },
    ],
  };
}
