import { Injectable } from '@nestjs/common';
import type { RunId } from '../contracts/ids.js';
import type { RunStateView } from '../contracts/projection.js';
import type { RunListFilter, RunPage, RunRecord } from '../contracts/run-record.js';
import type { RunStatus } from '../contracts/run.js';
import { AppError } from '../errors/app-error.js';
import { RunEventService } from '../events/run-event.service.js';
import type { EventFrame } from '../events/tail.js';
import { toEventFrame, wireJson } from '../events/wire-json.js';
import { ProjectionService } from '../projection/projection.service.js';
import { toStateView } from '../projection/reduce.js';
import type { EventText } from '../storage/event-text.js';
import { EventRepository } from '../storage/event.repository.js';
import { RunRepository } from '../storage/run.repository.js';

/** What a run id or a session id can look like; anything else cannot exist and is not looked up. */
const RUN_REF = /^[A-Za-z0-9_-]{1,256}$/;

export interface EventsQuery {
  readonly afterSeq: number;
  readonly limit: number;
  readonly type?: readonly string[] | undefined;
}

/** Where a run's log stands, and the run's status with it. */
export interface RunHead {
  readonly latestSeq: number;
  readonly status: RunStatus;
}

export interface RebuiltProjection {
  readonly runId: RunId;
  readonly latestSeq: number;
  readonly projectionVersion: number;
  readonly state: RunStateView;
}

/** What clients read of runs, their events and their states. `ref` is a run id or a session id; unknown: RUN_NOT_FOUND. */
@Injectable()
export class RunQueryService {
  constructor(
    private readonly runs: RunRepository,
    private readonly log: EventRepository,
    private readonly projections: ProjectionService,
    private readonly door: RunEventService,
  ) {}

  list(filter: RunListFilter): Promise<RunPage> {
    return this.runs.list(filter);
  }

  async get(ref: string): Promise<RunRecord> {
    if (!RUN_REF.test(ref)) throw new AppError('RUN_NOT_FOUND', 'There is no run with this id.');
    return this.runs.get(ref);
  }

  /** Which run this is, without reading it; undefined: there is none. */
  async idOf(ref: string): Promise<RunId | undefined> {
    return RUN_REF.test(ref) ? this.runs.idOf(ref) : undefined;
  }

  /** The refs in their order, without those that name a run again, by whichever of its ids. Unknown ones stay, each once. */
  async eachOnce(refs: readonly string[]): Promise<readonly string[]> {
    const runs: readonly string[] = await Promise.all(refs.map(async (ref) => (await this.idOf(ref)) ?? ref));
    return refs.filter((_ref, index) => runs.indexOf(runs[index] ?? '') === index);
  }

  /** Only a finished run; INVALID_STATE_TRANSITION otherwise. */
  async remove(ref: string): Promise<RunId> {
    const { id } = await this.get(ref);
    return this.runs.delete(id);
  }

  async state(ref: string): Promise<RunStateView> {
    const { id } = await this.get(ref);
    return this.stateOf(id);
  }

  /** Events after `afterSeq`, ascending, as the JSON text of an array: the same bytes as in the stream. */
  async events(ref: string, { afterSeq, limit, type }: EventsQuery): Promise<string> {
    const { id } = await this.get(ref);
    const page = await this.log.listTexts(id, { afterSeq, limit, types: type });
    return `[${page.map(wireJson).join(',')}]`;
  }

  /** Both read from one row, so they belong together. */
  async head(id: RunId): Promise<RunHead> {
    const { lastSeq, status } = await this.runs.getRun(id);
    return { latestSeq: lastSeq, status };
  }

  async stateOf(id: RunId): Promise<RunStateView> {
    return toStateView(await this.projections.get(id));
  }

  /** The state as it was after event `seq`. */
  async stateAt(id: RunId, seq: number): Promise<RunStateView> {
    return toStateView(await this.projections.stateAt(id, seq));
  }

  /** Folds the whole log anew; the state it leads to is the one that was stored, or a defect is repaired. */
  async rebuild(ref: string): Promise<RebuiltProjection> {
    const { id } = await this.get(ref);
    const { projectionVersion, view } = await this.projections.rebuild(id, (work) => this.door.aside(id, work));
    return { runId: id, latestSeq: view.timeline.latestSeq, projectionVersion, state: view };
  }

  /** The next page of a run's log. */
  page(id: RunId, afterSeq: number, limit: number): Promise<readonly EventText[]> {
    return this.log.listTexts(id, { afterSeq, limit });
  }

  async framesAfter(id: RunId, seq: number, limit: number): Promise<readonly EventFrame[]> {
    return (await this.page(id, seq, limit)).map(toEventFrame);
  }
}
