import type { Context, Measured, Scenario } from '../support/scenario.js';
import { Stage } from '../support/stage.js';
import { Subscriber } from '../support/subscriber.client.js';

const LOADS = [
  { runs: 1, perRun: 10_000 },
  { runs: 100, perRun: 100 },
];
const SHORT = 500;
const LONG = 4_000;
const SAMPLE_MS = 50;
/** Time for a snapshot that is still owed when the last event has come; they are at most this far apart. */
const SNAPSHOT_MS = 1_500;

const TABLES = `select relname::text as name, pg_total_relation_size(oid)::float8 as bytes from pg_class
  where relkind = 'r' and relnamespace = 'public'::regnamespace`;

export const size: Scenario = {
  name: 'size',
  about: 'what a stored envelope takes in the database, and what a subscriber is sent for a short and a long run',
  bars: ['rowBytes', 'eventBytesGrowth', 'snapshotGrowth'],
  deadlineMs: 240_000,
  async run(context) {
    const stage = await Stage.open(context, { gated: true });
    return [...(await stored(stage)), ...(await sent(stage, context))];
  },
};

async function stored(stage: Stage): Promise<Measured[]> {
  const before = await sizes(stage);
  for (const { runs, perRun } of LOADS) {
    await stage.ingest(await stage.loaded(runs, perRun), runs * perRun, SAMPLE_MS);
  }
  const after = await sizes(stage);
  const envelopes = LOADS.reduce((sum, { runs, perRun }) => sum + runs * perRun, 0);
  const each = [...after].map(([name, bytes]) => ({ name, bytes: (bytes - (before.get(name) ?? 0)) / envelopes }));
  const largest = each.filter(({ bytes }) => bytes >= 1).toSorted((a, b) => b.bytes - a.bytes);
  return [
    {
      of: 'rowBytes',
      value: each.reduce((sum, { bytes }) => sum + bytes, 0),
      note: `heap, TOAST and indexes, without VACUUM: ${largest.map(({ name, bytes }) => `${name} ${bytes.toFixed(0)}`).join(', ')}`,
    },
  ];
}

async function sizes(stage: Stage): Promise<ReadonlyMap<string, number>> {
  const rows = await stage.query(TABLES);
  return new Map(rows.map((row) => [String(row['name']), Number(row['bytes'])]));
}

interface Heard {
  readonly bytesPerEvent: number;
  /** The largest snapshot of the connection. */
  readonly snapshotBytes: number;
  readonly snapshots: number;
}

async function sent(stage: Stage, context: Context): Promise<Measured[]> {
  const short = await heard(stage, context, SHORT);
  const long = await heard(stage, context, LONG);
  return [
    {
      of: 'eventBytesGrowth',
      value: long.bytesPerEvent / short.bytesPerEvent,
      note: `${short.bytesPerEvent.toFixed(0)} bytes per event of a run of ${SHORT} envelopes, ${long.bytesPerEvent.toFixed(0)} of ${LONG}`,
    },
    {
      of: 'snapshotGrowth',
      value: long.snapshotBytes / short.snapshotBytes,
      note: `largest of ${short.snapshots} snapshots ${short.snapshotBytes} bytes, of ${long.snapshots} snapshots ${long.snapshotBytes} bytes`,
    },
  ];
}

/** What one subscriber with live snapshots is sent while so many envelopes are ingested. */
async function heard(stage: Stage, context: Context, envelopes: number): Promise<Heard> {
  const runs = await stage.loaded(1, envelopes);
  const { runId } = runs[0]!;
  let snapshots = 0;
  let snapshotBytes = 0;
  const url = stage.streamUrl(runId, 'includeSnapshot=true&snapshots=live&afterSeq=0');
  const onFrame = (name: string, bytes: Buffer): void => {
    if (name !== 'snapshot') return;
    snapshots += 1;
    snapshotBytes = Math.max(snapshotBytes, bytes.length);
  };
  const reader = await Subscriber.open(url, { signal: context.signal, onFrame });
  await stage.ingest(runs, envelopes, SAMPLE_MS);
  await reader.reached(await stage.latestSeq(runId));
  await new Promise((resolve) => setTimeout(resolve, SNAPSHOT_MS));
  reader.leave();
  return { bytesPerEvent: (reader.bytes.get('canonical_event') ?? 0) / reader.seqs.length, snapshotBytes, snapshots };
}
