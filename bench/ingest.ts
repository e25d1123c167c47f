import { setTimeout as sleep } from 'node:timers/promises';
import { exampleRequest } from '../src/agents/examples.js';
import { parseConfig } from '../src/config/config.js';
import { startControlPlane, type ControlPlane } from '../src/control-plane.server.js';
import type { RunId } from '../src/contracts/ids.js';
import { RunExecutorService } from '../src/runs/run-executor.service.js';
import { RunLedgerService } from '../src/runs/run-ledger.service.js';
import { StreamConsumerService } from '../src/runs/stream-consumer.service.js';
import { insertLimit } from './limit.js';
import { fill } from './load.js';

/** Longest wait for any one phase. Milliseconds. */
const PHASE_MS_MAX = 180_000;
const SAMPLE_MS = 5;
const PAYLOAD_BYTES = 1_000;
const WARM_UP_ENVELOPES = 2_000;
/** How the limit is measured: this many writers at once, and rows of this many envelopes per commit. */
const LIMIT_WRITERS_MAX = 4;
const LIMIT_BATCH_MAX = 500;

interface Loaded {
  readonly runIds: readonly RunId[];
  readonly envelopes: number;
}

/** Envelopes stored, and when: milliseconds of the process's clock. */
interface Sample {
  readonly at: number;
  readonly count: number;
}

export interface IngestSize {
  readonly name: string;
  readonly runs: number;
  readonly perRun: number;
}

export interface IngestFigure {
  readonly name: string;
  readonly envelopes: number;
  /** From the first frame asked for to the last canonical event durable. */
  readonly envelopesPerSecond: number;
  /** The same rows, raw and canonical, by multi-row INSERT through the same driver, committed in like batches. */
  readonly limitPerSecond: number;
  readonly shareOfLimit: number;
  /** Cost of the last tenth of the envelopes against the first tenth; 1 = no growth. */
  readonly lastAgainstFirst: number;
}

/** Measures the path from a runtime frame to durable canonical events, on the database that `env` names. */
export async function measureIngest(
  size: IngestSize,
  address: string,
  env: Record<string, string>,
): Promise<IngestFigure> {
  const config = parseConfig(
    { ...env, PORT: '0', LOG_LEVEL: 'error', RUNTIME_ADDRESS: address, RUNTIME_DEV_IDENTITY: 'true' },
    () => '{}',
  );
  const controlPlane = await startControlPlane(config);
  try {
    // The limit is measured in a warm process on warm caches; so is the path, or the two could not be compared.
    await store(controlPlane, await load(controlPlane, address, { runs: 1, perRun: WARM_UP_ENVELOPES }));
    const loaded = await load(controlPlane, address, size);
    const samples = await store(controlPlane, loaded);
    const limitSeconds = await insertLimit(controlPlane.database, loaded.runIds, limitOptions(size));
    return figureOf(size, samples, limitSeconds);
  } finally {
    await controlPlane.close();
  }
}

/** Opens sessions that nobody follows, and fills them at the runtime. */
async function load(controlPlane: ControlPlane, address: string, size: Omit<IngestSize, 'name'>): Promise<Loaded> {
  const runs = await launch(controlPlane, size.runs);
  await fill({
    address,
    sessionIds: runs.map((run) => run.sessionId),
    perSession: size.perRun,
    payloadBytes: PAYLOAD_BYTES,
    sender: 'agent://load',
    proposalId: 'bench',
  });
  return { runIds: runs.map((run) => run.runId), envelopes: size.runs * size.perRun };
}

/** Opens the sessions through the control plane, and stops following them before the load arrives. */
async function launch(controlPlane: ControlPlane, count: number) {
  const executor = controlPlane.app.get(RunExecutorService);
  const ledger = controlPlane.app.get(RunLedgerService);
  const consumer = controlPlane.app.get(StreamConsumerService);
  const runs = [];
  for (let index = 0; index < count; index += 1) runs.push(await executor.launch(request()));
  for (const { runId } of runs) {
    await until(async () => (await ledger.getRun(runId)).status === 'running');
    await consumer.stop(await ledger.getRun(runId));
  }
  return runs;
}

function request() {
  const example = exampleRequest('decision');
  const lead = 'agent://lead';
  return {
    ...example,
    session: {
      ...example.session,
      ttlMs: 3_600_000,
      initiatorParticipantId: lead,
      participants: [{ id: lead }, { id: 'agent://load' }],
    },
    kickoff: [
      {
        from: lead,
        to: [],
        kind: 'proposal' as const,
        messageType: 'Proposal',
        payload: { proposalId: 'bench', option: 'go', rationale: 'measuring' },
      },
    ],
  };
}

/** Follows the runs until everything is durable, noting how far it was when. */
async function store(controlPlane: ControlPlane, { runIds, envelopes }: Loaded): Promise<readonly Sample[]> {
  const executor = controlPlane.app.get(RunExecutorService);
  const stored = async (): Promise<number> => {
    const query = 'select sum(last_ordinal)::int as n from runs where id = any($1)';
    const [row] = await controlPlane.database.query(query, [runIds]);
    return Number(row?.['n'] ?? 0);
  };
  const before = await stored();
  const samples: Sample[] = [{ at: performance.now(), count: 0 }];
  for (const runId of runIds) executor.execute(runId, true);
  await until(async () => {
    const count = (await stored()) - before;
    samples.push({ at: performance.now(), count });
    return count >= envelopes;
  }, SAMPLE_MS);
  return samples;
}

function figureOf(size: IngestSize, samples: readonly Sample[], limitSeconds: number): IngestFigure {
  const envelopes = size.runs * size.perRun;
  const seconds = ((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)) / 1_000;
  const envelopesPerSecond = envelopes / seconds;
  const limitPerSecond = envelopes / limitSeconds;
  return {
    name: size.name,
    envelopes,
    envelopesPerSecond,
    limitPerSecond,
    shareOfLimit: envelopesPerSecond / limitPerSecond,
    lastAgainstFirst: growth(samples, envelopes),
  };
}

function limitOptions(size: IngestSize) {
  return { writers: Math.min(size.runs, LIMIT_WRITERS_MAX), batch: Math.min(size.perRun, LIMIT_BATCH_MAX) };
}

/** Time per envelope of the last tenth over that of the first, read off the samples by interpolation. */
function growth(samples: readonly Sample[], envelopes: number): number {
  const at = (count: number): number => {
    const after = samples.findIndex((sample) => sample.count >= count);
    const high = samples[after];
    const low = samples[after - 1];
    if (!high || !low || high.count === low.count) return high?.at ?? 0;
    return low.at + ((count - low.count) / (high.count - low.count)) * (high.at - low.at);
  };
  const tenth = envelopes / 10;
  return (at(envelopes) - at(envelopes - tenth)) / (at(tenth) - (samples[0]?.at ?? 0));
}

async function until(holds: () => Promise<boolean>, everyMs = 20): Promise<void> {
  const late = performance.now() + PHASE_MS_MAX;
  while (!(await holds())) {
    if (performance.now() > late) throw new Error(`not reached within ${PHASE_MS_MAX} ms`);
    await sleep(everyMs);
  }
}
