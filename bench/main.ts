import { fork } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { measureIngest, type IngestFigure, type IngestSize } from './ingest.js';

const SIZES: readonly IngestSize[] = [
  { name: 'one run × 10 000', runs: 1, perRun: 10_000 },
  { name: '100 runs × 200', runs: 100, perRun: 200 },
];

const USAGE = `npm run bench -- [--rounds N] [--json FILE]

Envelopes per second from the runtime's stream to durable canonical events, beside what the same rows cost as plain
multi-row INSERTs in the same run. Set BENCH_DATABASE_URL for PostgreSQL (a scratch database is created and dropped);
without it the embedded database is measured.
`;

interface Scratch {
  readonly name: string;
  readonly env: Record<string, string>;
  drop(): Promise<void>;
}

async function scratch(): Promise<Scratch> {
  const url = process.env['BENCH_DATABASE_URL'];
  const folder = mkdtempSync(join(tmpdir(), 'macp-bench-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  if (url === undefined) return { name: 'PGlite', env: { MACP_DATA_DIR: folder }, drop: remove };
  const name = `macp_bench_${process.pid}_${Date.now()}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const target = new URL(url);
  target.pathname = `/${name}`;
  return {
    name: 'PostgreSQL',
    env: { MACP_DATA_DIR: folder, DATABASE_URL: target.href },
    drop: async () => {
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
      await remove();
    },
  };
}

/** The runtime in a process of its own, so that the generator's side is not what is measured. */
function startRuntime(): Promise<{ address: string; stop: () => void }> {
  const main = fileURLToPath(new URL('../src/embedded-runtime/main.js', import.meta.url));
  const child = fork(main, ['--port', '0', '--session-starts', '0', '--messages', '0'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the runtime left with code ${code ?? 'none'}`)));
    child.once('message', (message: { address: string }) =>
      resolve({ address: message.address, stop: () => void child.kill() }),
    );
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function line(database: string, figures: readonly IngestFigure[]): string {
  const of = (pick: (figure: IngestFigure) => number) => figures.map(pick);
  const rates = of((figure) => figure.envelopesPerSecond);
  const cells = [
    database.padEnd(10),
    (figures[0]?.name ?? '').padEnd(18),
    median(rates).toFixed(0).padStart(9),
    `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`.padStart(13),
    median(of((figure) => figure.limitPerSecond))
      .toFixed(0)
      .padStart(9),
    `${(median(of((figure) => figure.shareOfLimit)) * 100).toFixed(0)} %`.padStart(7),
    `${median(of((figure) => figure.lastAgainstFirst)).toFixed(2)} ×`.padStart(8),
  ];
  return cells.join('  ');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '3' }, json: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const results: Record<string, readonly IngestFigure[]> = {};
  process.stdout.write('database    load                env/s median      min–max      limit    share  last/first\n');
  for (const size of SIZES) {
    const figures: IngestFigure[] = [];
    let database = '';
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const runtime = await startRuntime();
      const store = await scratch();
      database = store.name;
      try {
        figures.push(await measureIngest(size, runtime.address, store.env));
      } finally {
        runtime.stop();
        await store.drop();
      }
    }
    results[size.name] = figures;
    process.stdout.write(`${line(database, figures)}\n`);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
