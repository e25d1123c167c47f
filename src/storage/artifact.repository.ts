import { Inject, Injectable } from '@nestjs/common';
import { asc, eq } from 'drizzle-orm';
import type { IsoTime, RunId } from '../contracts/ids.js';
import type { JsonObject } from '../contracts/json.js';
import type { Database } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runArtifacts } from '../db/schema.js';
import type { Write } from '../db/statement.js';

/** Artifacts of one run that are read at once. */
export const ARTIFACTS_LIST_MAX = 1_000;

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

  /** Oldest first; [] for an unknown run. */
  async list(runId: RunId): Promise<readonly Artifact[]> {
    const rows = await this.database.read((drizzle) =>
      drizzle
        .select()
        .from(runArtifacts)
        .where(eq(runArtifacts.runId, runId))
        .orderBy(asc(runArtifacts.createdAt), asc(runArtifacts.id))
        .limit(ARTIFACTS_LIST_MAX),
    );
    return rows.map(({ uri, inline, ...row }) => ({
      ...row,
      runId,
      ...(uri === null ? {} : { uri }),
      ...(inline === null ? {} : { inline }),
    }));
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
}
