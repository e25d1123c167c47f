import { Inject, Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import type { RunId, Seq } from '../contracts/ids.js';
import type { Projection, RunStateView } from '../contracts/projection.js';
import type { Database, Executor } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runProjections } from '../db/schema.js';
import type { Write } from '../db/statement.js';

/** A stored projection and the seq of the last event in it. */
export interface StoredProjection {
  readonly seq: Seq;
  readonly projection: Projection;
}

type Block = Exclude<keyof RunStateView, 'participantsTruncated'>;

/** The view's blocks and their columns; a new block needs a line here and a migration. */
const COLUMN_OF: Readonly<Record<Block, string>> = {
  run: 'run',
  participants: 'participants',
  graph: 'graph',
  decision: 'decision',
  signals: 'signals',
  progress: 'progress',
  timeline: 'timeline',
  trace: 'trace',
  outboundMessages: 'outbound_messages',
  llm: 'llm',
  policy: 'policy',
};

// The keys of the table above are the blocks themselves.
const BLOCKS = Object.keys(COLUMN_OF) as Block[];
const COLUMNS = [...BLOCKS.map((block) => COLUMN_OF[block]), 'book'];
/** Placeholders before those of the columns: run, version, seq, truncated. */
const FIXED = 4;

const INSERT = `insert into run_projections (run_id, projection_version, seq, participants_truncated, ${COLUMNS.join(', ')})
  values ($1, $2, $3, $4, ${COLUMNS.map((_column, index) => `$${index + FIXED + 1}::json`).join(', ')})`;

const UPDATE = `update run_projections set projection_version = $2, seq = $3, participants_truncated = $4,
  ${COLUMNS.map((column, index) => `${column} = coalesce($${index + FIXED + 1}::json, ${column})`).join(', ')}
  where run_id = $1`;

/** The read model, one row per run. */
@Injectable()
export class ProjectionRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** As stored, of whatever version it is. */
  async find(runId: RunId, executor: Executor = this.database): Promise<StoredProjection | undefined> {
    const [row] = await executor.read((drizzle) =>
      drizzle.select().from(runProjections).where(eq(runProjections.runId, runId)),
    );
    if (row === undefined) return undefined;
    const { runId: _run, projectionVersion, seq, participantsTruncated, book, ...blocks } = row;
    const view: RunStateView = participantsTruncated ? { ...blocks, participantsTruncated } : blocks;
    // The column was written from a Seq.
    return { seq: seq as Seq, projection: { projectionVersion, view, book } };
  }

  insert(runId: RunId, { seq, projection }: StoredProjection): Write {
    return { text: INSERT, values: [...fixedValues(runId, seq, projection), ...blocksOf(undefined, projection)] };
  }

  /**
   * Writes the blocks that are not the very objects of `before`; the fold keeps what an event does not touch. A block
   * that is not written keeps its stored form, also when that lies out of line. `before` undefined: all blocks.
   */
  update(runId: RunId, before: Projection | undefined, { seq, projection }: StoredProjection): Write {
    return { text: UPDATE, values: [...fixedValues(runId, seq, projection), ...blocksOf(before, projection)] };
  }
}

function fixedValues(runId: RunId, seq: Seq, projection: Projection): readonly unknown[] {
  return [runId, projection.projectionVersion, seq, projection.view.participantsTruncated ?? false];
}

function blocksOf(before: Projection | undefined, after: Projection): readonly (string | null)[] {
  const changed = (was: object | undefined, is: object): string | null => (was === is ? null : JSON.stringify(is));
  return [...BLOCKS.map((block) => changed(before?.view[block], after.view[block])), changed(before?.book, after.book)];
}
