import { Injectable } from '@nestjs/common';
import type { RunId } from '../contracts/ids.js';
import type { RunStateView } from '../contracts/projection.js';
import type { RunListFilter, RunPage, RunRecord } from '../contracts/run-record.js';
import type { RunStatus } from '../contracts/run.js';
import { AppError, noSuchRun } from '../errors/app-error.js';
import { RunEventService } from '../events/run-event.service.js';
import { StreamHubService } from '../events/stream-hub.service.js';
import { wireJson } from '../events/wire-json.js';
import { ProjectionService } from '../projection/projection.service.js';
import { toStateView } from '../projection/reduce.js';
import type { CanonicalPage } from '../storage/event-search.js';
import { EventRepository, type EventPage } from '../storage/event.repository.js';
import { RunRepository } from '../storage/run.repository.js';
import type { LongText } from './long-text.js';

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
    private readonly hub: StreamHubService,
  ) {}

  list(filter: RunListFilter): Promise<RunPage> {
    return this.runs.list(filter);
  }

  async get(ref: string): Promise<RunRecord> {
    if (!RUN_REF.test(ref)) throw noSuchRun();
    return this.runs.get(ref);
  }

  /** Which run this is, without reading it; undefined: there is none. */
  async idOf(ref: string): Promise<RunId | undefined> {
    return RUN_REF.test(ref) ? this.runs.idOf(ref) : undefined;
  }

  /** Throws RUN_NOT_FOUND. A list that ended while its run is there had all of it: a run goes with everything at once. */
  async mustExist(id: RunId): Promise<void> {
    if ((await this.runs.idOf(id)) === undefined) throw new AppError('RUN_NOT_FOUND', 'The run was deleted meanwhile.');
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

  /**
   * Events after `afterSeq`, ascending, as the JSON text of an array: the same bytes as in the stream. Fewer than `limit`
   * are all there are, so what is too large for one page is read page by page.
   */
  async events(ref: string, { type, ...query }: EventsQuery): Promise<LongText> {
    const { id } = await this.get(ref);
    const page = { ...query, types: type };
    const first = await this.page(id, page);
    if (first.hasMore && first.events.length < page.limit) return { text: this.eventsFrom(first, id, page) };
    return { text: `[${first.events.map(wireJson).join(',')}]` };
  }

  private async *eventsFrom(first: EventPage, id: RunId, page: CanonicalPage): AsyncGenerator<string, void, undefined> {
    let separator = '[';
    let left = page.limit;
    for (let { events, hasMore } = first; ;) {
      for (const event of events) {
        yield separator + wireJson(event);
        separator = ',';
      }
      left -= events.length;
      const last = events.at(-1);
      if (!hasMore || left === 0 || last === undefined) break;
      ({ events, hasMore } = await this.page(id, { ...page, afterSeq: last.seq, limit: left }));
    }
    await this.mustExist(id);
    yield ']';
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
    this.hub.forgetSnapshot(id);
    return { runId: id, latestSeq: view.timeline.latestSeq, projectionVersion, state: view };
  }

  /** The next page of a run's log. */
  page(id: RunId, page: CanonicalPage): Promise<EventPage> {
    return this.log.listTexts(id, page);
  }
}
