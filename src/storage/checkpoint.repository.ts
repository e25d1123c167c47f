import { Inject, Injectable } from '@nestjs/common';
import { and, desc, eq, lte } from 'drizzle-orm';
import type { RunId, Seq } from '../contracts/ids.js';
import { PROJECTION_VERSION } from '../contracts/projection.js';
import type { Database, Executor } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runProjectionCheckpoints } from '../db/schema.js';
import type { Write } from '../db/statement.js';
import type { StoredProjection } from './projection.repository.js';

/** States along a run's log, from which a state in between is a short fold away. */
@Injectable()
export class CheckpointRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** A state of an earlier projection version gives way. */
  upsert(runId: RunId, { seq, projection }: StoredProjection): Write {
    return {
      text: `insert into run_projection_checkpoints (run_id, seq, projection_version, projection)
        values ($1, $2, $3, $4::json)
        on conflict (run_id, seq) do update
          set projection_version = excluded.projection_version, projection = excluded.projection`,
      values: [runId, seq, projection.projectionVersion, JSON.stringify(projection)],
    };
  }

  /** The last one at or before `seq`, in the present version. */
  async findBefore(
    runId: RunId,
    seq: number,
    executor: Executor = this.database,
  ): Promise<StoredProjection | undefined> {
    const { runId: run, seq: at, projectionVersion, projection } = runProjectionCheckpoints;
    const [row] = await executor.read((drizzle) =>
      drizzle
        .select({ seq: at, projection })
        .from(runProjectionCheckpoints)
        .where(and(eq(run, runId), lte(at, seq), eq(projectionVersion, PROJECTION_VERSION)))
        .orderBy(desc(at))
        .limit(1),
    );
    // The column was written from a Seq.
    return row && { seq: row.seq as Seq, projection: row.projection };
  }
}
