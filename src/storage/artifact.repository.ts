import { Inject, Injectable } from '@nestjs/common';
import { and, asc, eq, sql } from 'drizzle-orm';
import type { IsoTime, RunId } from '../contracts/ids.js';
import type { JsonObject } from '../contracts/json.js';
import type { Database } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runArtifacts } from '../db/schema.js';
import type { Write } from '../db/statement.js';
import { sizedPage } from './sized-page.repository.js';

/** Artifacts of one run. */
export const ARTIFACTS_MAX = 1_000;
const PAGE = { rowsMax: ARTIFACTS_MAX, pieceMax: 32 };

/** Something a run left behind; its `artifact.created` is recorded in the same transaction. */
export interface Artifact {
  readonly id: string;
  readonly runId: RunId;
  readonly kind: string;
  readonly label: string;
  readonly uri?: string;
  readonly inline?: JsonObject;
  readonly createdAt: IsoTime;
}

@Injectable()
export class ArtifactRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Oldest first, behind the artifact `after`; see `sizedPage`. [] for an unknown run, and behind an unknown artifact. */
  page(runId: RunId, after?: string): Promise<readonly Artifact[]> {
    return sizedPage(PAGE, (last: Artifact | undefined, limit) => this.read(runId, last?.id ?? after, limit));
  }

  async count(runId: RunId): Promise<number> {
    const [row] = await this.database.query('select count(*)::int as count from run_artifacts where run_id = $1', [
      runId,
    ]);
    return Number(row?.['count']);
  }

  insert(artifact: Artifact): Write {
    return {
      text: `insert into run_artifacts (id, run_id, kind, label, uri, inline, created_at)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      values: [
        artifact.id,
        artifact.runId,
        artifact.kind,
        artifact.label,
        artifact.uri ?? null,
        artifact.inline === undefined ? null : JSON.stringify(artifact.inline),
        artifact.createdAt,
      ],
    };
  }

  private async read(runId: RunId, after: string | undefined, limit: number): Promise<readonly Artifact[]> {
    const isBehind = sql`(created_at, id) > (
      select a.created_at, a.id from run_artifacts a where a.run_id = ${runId} and a.id = ${after})`;
    const rows = await this.database.read((drizzle) =>
      drizzle
        .select()
        .from(runArtifacts)
        .where(and(eq(runArtifacts.runId, runId), after === undefined ? undefined : isBehind))
        .orderBy(asc(runArtifacts.createdAt), asc(runArtifacts.id))
        .limit(limit),
    );
    return rows.map(({ uri, inline, ...row }) => ({
      ...row,
      runId,
      ...(uri === null ? {} : { uri }),
      ...(inline === null ? {} : { inline }),
    }));
  }
}
