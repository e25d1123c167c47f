import type { Executor } from '../db/database.client.js';
import { joined, type RunSample } from './search-piece.js';

const RUNS_MAX = 500;
/** Pages to take them from; a page holds some four runs. */
const PAGES = 150;
/** Shares change slowly, and a wrong one costs time only. */
const AGE_MS_MAX = 300_000;

/** Some runs from all over the table, kept for a while: by them a list knows frequent words and tags from rare ones. */
export class RunSampleRepository {
  private taken: { readonly sample: Promise<RunSample>; readonly at: number } | undefined;

  constructor(
    private readonly executor: Executor,
    private readonly now: () => number = Date.now,
  ) {}

  /** A sample that was taken within the last minutes. Whoever asks meanwhile waits for the same one. */
  sample(): Promise<RunSample> {
    const at = this.now();
    if (this.taken !== undefined && at - this.taken.at < AGE_MS_MAX) return this.taken.sample;
    const sample = this.take();
    const taken = { sample, at };
    this.taken = taken;
    sample.catch(() => {
      if (this.taken === taken) this.taken = undefined;
    });
    return sample;
  }

  private async take(): Promise<RunSample> {
    // Both are -1 or 0 before the table was first analysed; it is small then.
    const [table] = await this.executor.query(
      `select reltuples::float8 as runs, relpages from pg_class where oid = 'runs'::regclass`,
    );
    const percent = Math.min(100, (100 * PAGES) / Math.max(1, Number(table?.['relpages'] ?? 0)));
    const rows = await this.executor.query(
      `select search_text, tags from runs tablesample system ($1) limit ${RUNS_MAX}`,
      [percent],
    );
    const texts = rows.map((row) => joined(String(row['search_text'])));
    const tags = rows.map((row) => (Array.isArray(row['tags']) ? row['tags'].map(String) : []));
    return { texts, tags, runs: Math.max(texts.length, Number(table?.['runs'] ?? 0)) };
  }
}
