import { Readable } from 'node:stream';
import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { RunId } from '../contracts/ids.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { wireJson } from '../events/wire-json.js';
import { EventRepository } from '../storage/event.repository.js';
import { toBundle, toLines, type ExportPart } from './export.stream.js';
import { toRawJson } from './raw-json.js';
import { RunDetailService } from './run-detail.service.js';
import { RunQueryService } from './run-query.service.js';

/** Rows read at once; the reader's pace decides when the next ones are. */
const PAGE_MAX = 500;

const NDJSON = 'application/x-ndjson';

export interface ExportQuery {
  readonly includeCanonical: boolean;
  readonly includeRaw: boolean;
  /** Of each layer. */
  readonly eventLimit: number;
  readonly format: 'json' | 'jsonl';
}

/** Everything that is stored of a run, written out page by page. */
@Injectable()
export class RunExportService {
  constructor(
    private readonly query: RunQueryService,
    private readonly details: RunDetailService,
    private readonly log: EventRepository,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Lines only for who asks for them by both format and `Accept`: the public console reads JSON whatever it asked for. */
  async export(ref: string, query: ExportQuery, accept: string | undefined): Promise<StreamableFile> {
    const parts = await this.parts(ref, query);
    const asLines = query.format === 'jsonl' && accept?.includes(NDJSON) === true;
    const text = asLines ? toLines(parts) : toBundle(parts);
    const type = asLines ? `${NDJSON}; charset=utf-8` : 'application/json; charset=utf-8';
    return new StreamableFile(Readable.from(text), { type });
  }

  private async parts(ref: string, query: ExportQuery): Promise<readonly ExportPart[]> {
    const run = await this.query.get(ref);
    const projection = await this.query.stateOf(run.id);
    const { sessionState } = projection.run;
    const session = { sessionId: run.sessionId, ...(sessionState === undefined ? {} : { state: sessionState }) };
    return [
      { key: 'exportedAt', value: isoTime(this.clock.now()) },
      { key: 'run', value: run },
      { key: 'session', value: session },
      { key: 'projection', value: projection },
      { key: 'metrics', value: await this.details.metrics(run.id) },
      { key: 'artifacts', value: await this.details.artifacts(run.id) },
      { key: 'messages', value: await this.details.messages(run.id) },
      {
        key: 'canonicalEvents',
        kind: 'canonical_event',
        limit: query.includeCanonical ? query.eventLimit : 0,
        items: this.canonical(run.id),
      },
      {
        key: 'rawEvents',
        kind: 'raw_event',
        limit: query.includeRaw ? query.eventLimit : 0,
        items: this.raw(run.id),
      },
    ];
  }

  private async *canonical(id: RunId): AsyncGenerator<string, void, undefined> {
    for (let after = 0; ;) {
      const page = await this.query.page(id, after, PAGE_MAX);
      yield* page.map(wireJson);
      after += page.length;
      if (page.length < PAGE_MAX) return;
    }
  }

  private async *raw(id: RunId): AsyncGenerator<string, void, undefined> {
    const withPayload = this.config.normalize.redactPaths.length === 0;
    for (let afterPosition = 0; ;) {
      const page = await this.log.listRaw(id, { afterPosition, limit: PAGE_MAX });
      yield* page.map((raw) => JSON.stringify(toRawJson(raw, withPayload)));
      afterPosition += page.length;
      if (page.length < PAGE_MAX) return;
    }
  }
}
