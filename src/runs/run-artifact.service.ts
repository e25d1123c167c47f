import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import type { EventDraft } from '../contracts/events.js';
import type { JsonObject } from '../contracts/json.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { RunEventService } from '../events/run-event.service.js';
import { ARTIFACTS_MAX, ArtifactRepository, type Artifact } from '../storage/artifact.repository.js';
import type { ArtifactView } from '../queries/run-detail.service.js';
import { RunQueryService } from '../queries/run-query.service.js';

export interface NewArtifact {
  readonly kind: string;
  readonly label: string;
  readonly uri?: string | undefined;
  readonly inline?: JsonObject | undefined;
}

/** What a run leaves behind, handed in by whoever made it. */
@Injectable()
export class RunArtifactService {
  constructor(
    private readonly query: RunQueryService,
    private readonly artifacts: ArtifactRepository,
    private readonly door: RunEventService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Stores an artifact and its `artifact.created` in one transaction, also of a finished run. Throws CONFLICT beyond
   * ARTIFACTS_MAX; several requests at once may pass the limit by their own number.
   */
  async create(ref: string, { kind, label, uri, inline }: NewArtifact): Promise<ArtifactView> {
    const { id: runId, traceId } = await this.query.get(ref);
    if ((await this.artifacts.count(runId)) >= ARTIFACTS_MAX) {
      throw new AppError('CONFLICT', `The run has ${ARTIFACTS_MAX} artifacts already.`, { runId });
    }
    const createdAt = isoTime(this.clock.now());
    const optional = { ...(uri === undefined ? {} : { uri }), ...(inline === undefined ? {} : { inline }) };
    const artifact: Artifact = { id: uuid(), runId, kind, label, ...optional, createdAt };
    await this.door.record(runId, {
      decide: () => [createdDraft(artifact, traceId)],
      rows: [this.artifacts.insert(artifact)],
    });
    const { runId: _run, ...view } = artifact;
    return view;
  }
}

function createdDraft({ id, kind, label, uri, createdAt }: Artifact, traceId: string): EventDraft {
  return {
    type: 'artifact.created',
    ts: createdAt,
    subject: { kind: 'artifact', id },
    source: { kind: 'macp-control-plane', name: 'artifacts' },
    data: { artifactId: id, kind, label, ...(uri === undefined ? {} : { uri }), traceId },
  };
}
