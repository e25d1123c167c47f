import { Inject, Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import type { RunId, Seq } from '../contracts/ids.js';
import type { Projection, RunStateView } from '../contracts/projection.js';
import type { Database, Executor } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runProjections } from '../db/schema.js';
import type { Write } from '../db/statement.js';
import { jsonText } from './json-units.js';
import { insertionOf, settingsOf, writeOfRows, type Column } from './row-columns.js';

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

/** A projection, and the one its row holds: only blocks that are other objects are written. */
interface ProjectionRow extends StoredProjection {
  readonly runId: RunId;
  readonly before: Projection | undefined;
}

type ProjectionColumn = Column<ProjectionRow>;

// The keys of the table above are the blocks themselves.
const BLOCKS = Object.keys(COLUMN_OF) as Block[];

const RUN: ProjectionColumn = { name: 'run_id', type: 'uuid', travel: 'joined', value: ({ runId }) => runId };
const HEAD: readonly ProjectionColumn[] = [
  {
    name: 'projection_version',
    type: 'int4',
    travel: 'joined',
    value: ({ projection }) => projection.projectionVersion,
  },
  { name: 'seq', type: 'int4', travel: 'joined', value: ({ seq }) => seq },
  {
    name: 'participants_truncated',
    type: 'bool',
    travel: 'joined',
    value: ({ projection }) => projection.view.participantsTruncated ?? false,
  },
];
const CONTENT: readonly ProjectionColumn[] = [
  ...BLOCKS.map((block) => jsonColumn(COLUMN_OF[block], ({ view }) => view[block])),
  jsonColumn('book', ({ book }) => book),
];
const COLUMNS = [RUN, ...HEAD, ...CONTENT];

const insertProjection = insertionOf('run_projections', COLUMNS);
const updateProjection = writeOfRows(
  COLUMNS,
  (rows) => `update run_projections p set ${settingsOf('p', HEAD, CONTENT)} from ${rows} where p.run_id = u.run_id`,
);

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

  insert(runId: RunId, stored: StoredProjection): Write {
    return insertProjection([{ ...stored, runId, before: undefined }]);
  }

  /**
   * Writes the blocks that are not the very objects of `before`; the fold keeps what an event does not touch. A block
   * that is not written keeps its stored form, also when that lies out of line. `before` undefined: all blocks.
   */
  update(runId: RunId, before: Projection | undefined, stored: StoredProjection): Write {
    return updateProjection([{ ...stored, runId, before }]);
  }
}

function jsonColumn(name: string, part: (projection: Projection) => object): ProjectionColumn {
  const value = ({ before, projection }: ProjectionRow): string | null => {
    const is = part(projection);
    return before !== undefined && part(before) === is ? null : jsonText(is);
  };
  return { name, type: 'json', travel: 'joined', value };
}
