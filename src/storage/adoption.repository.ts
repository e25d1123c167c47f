import { Inject, Injectable } from '@nestjs/common';
import type { IsoTime, RunId } from '../contracts/ids.js';
import type { Database } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { violatedUnique } from '../db/sqlstate.js';
import { facetsOf, searchTextOf, type RunSeed } from './run-row.js';

/** The fingerprint of a run that no request has asked for yet. */
export const NO_REQUEST = '';

/** Discovered runs that a later request takes for its own. The log of such a run goes on as it is. */
@Injectable()
export class AdoptionRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * Puts the request in the place of the one that discovery made up, in one statement: of several requests one adopts
   * the run. False when the run was not discovered, was adopted before, belongs to another runtime or mode, or when the
   * idempotency key has just been used for another run.
   */
  async adopt(runId: RunId, seed: RunSeed, now: IsoTime): Promise<boolean> {
    const facets = facetsOf(seed.request);
    try {
      const rows = await this.database.query(
        `update runs set fingerprint = $3, idempotency_key = $4, mode = $5, tags = $6, source_kind = $7, source_ref = $8,
          scenario_ref = $9, environment = $10, policy_version = coalesce(policy_version, $11),
          search_text = $12 || coalesce(E'\\n' || lower(policy_version), ''),
          request = $13, runtime_version = $14, updated_at = $15
         where id = $1 and fingerprint = $2 and origin = 'discovery' and runtime_kind = $16 and mode_name = $17
         returning 1`,
        [
          runId,
          NO_REQUEST,
          seed.fingerprint,
          seed.idempotencyKey ?? null,
          seed.request.mode,
          [...seed.tags],
          facets.sourceKind,
          facets.sourceRef,
          facets.scenarioRef,
          facets.environment,
          facets.policyVersion,
          searchTextOf({ ...seed, id: runId }, facets),
          JSON.stringify(seed.request),
          seed.request.runtime.version ?? null,
          now,
          seed.runtimeKind,
          seed.modeName,
        ],
      );
      return rows.length === 1;
    } catch (error) {
      if (violatedUnique(error) === undefined) throw error;
      return false;
    }
  }

  /** Whether the run began with the discovery of its session. */
  async isDiscovered(runId: RunId): Promise<boolean> {
    const rows = await this.database.query(`select 1 from runs where id = $1 and origin = 'discovery'`, [runId]);
    return rows.length === 1;
  }
}
