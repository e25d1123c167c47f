import { Injectable } from '@nestjs/common';
import type { IsoTime } from '../contracts/ids.js';
import { hasCode } from '../errors/app-error.js';
import { wireJson } from '../events/wire-json.js';
import { EventRepository } from '../storage/event.repository.js';
import { RunQueryService } from './run-query.service.js';

export interface CrossRunQuery {
  /** Run id or session id; one that does not exist has no events. */
  readonly runId?: string | undefined;
  readonly scenarioRef?: string | undefined;
  readonly type?: readonly string[] | undefined;
  readonly afterTs?: IsoTime | undefined;
  readonly beforeTs?: IsoTime | undefined;
  readonly afterSeq: number;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

const NOTHING = { events: [], lastOrdinal: 0, hasMore: false };

/** Events of all runs. A page is JSON text: each event is the same bytes as in its run's list and stream. */
@Injectable()
export class EventQueryService {
  constructor(
    private readonly runs: RunQueryService,
    private readonly log: EventRepository,
  ) {}

  /** `{data, nextCursor, lastCursor}`; `nextCursor` is null when there is nothing more now, `lastCursor` where to go on later. */
  async search({ runId, type, afterSeq, order, ...rest }: CrossRunQuery): Promise<string> {
    const run = runId === undefined ? undefined : await this.find(runId);
    const isUnknown = runId !== undefined && run === undefined;
    const found = isUnknown
      ? { ...NOTHING, lastOrdinal: afterSeq }
      : await this.log.search({
          ...rest,
          types: type,
          afterOrdinal: afterSeq,
          newestFirst: order === 'desc',
          run: run === undefined ? undefined : { id: run.id, afterSeq },
        });
    const { events, lastOrdinal, hasMore } = found;
    const nextCursor = hasMore ? lastOrdinal : null;
    return `{"data":[${events.map(wireJson).join(',')}],"nextCursor":${nextCursor},"lastCursor":${lastOrdinal}}`;
  }

  /** A filter for what does not exist is no error: to the public console 404 means that there is no such endpoint. */
  private async find(ref: string) {
    try {
      return await this.runs.get(ref);
    } catch (error) {
      if (hasCode(error, 'RUN_NOT_FOUND')) return undefined;
      throw error;
    }
  }
}
