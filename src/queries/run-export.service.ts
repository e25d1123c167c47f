import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { RunId } from '../contracts/ids.js';
import type { RawEvent } from '../contracts/raw-event.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError, hasCode } from '../errors/app-error.js';
import { wireJson } from '../events/wire-json.js';
import { EventRepository } from '../storage/event.repository.js';
import { toBundle, toLines, type ExportPart } from './export.stream.js';
import { NDJSON_TYPE, type LongText } from './long-text.js';
import { toRawJson } from './raw-json.js';
import { RunDetailService } from './run-detail.service.js';
import { RunQueryService } from './run-query.service.js';

/** Rows read at once; the reader's pace decides when the next ones are. */
const PAGE_MAX = 500;

export interface ExportContent {
  readonly includeCanonical: boolean;
  readonly includeRaw: boolean;
  /** Of each layer. */
  readonly eventLimit: number;
}

export interface ExportQuery extends ExportContent {
  readonly format: 'json' | 'jsonl';
}

export interface RawPage {
  readonly afterPosition: number;
  readonly limit: number;
}

/** What a bundle among many consists of. */
const BUNDLE: ExportContent = { includeCanonical: true, includeRaw: false, eventLimit: 10_000 };

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
  async export(ref: string, query: ExportQuery, accept: string | undefined): Promise<LongText> {
    if (query.format === 'jsonl' && accept?.includes(NDJSON_TYPE) === true) return this.exportLines(ref, query);
    return { text: toBundle(await this.parts(ref, query)) };
  }

  async exportLines(ref: string, content: ExportContent): Promise<LongText> {
    return { text: toLines(await this.parts(ref, content)), type: NDJSON_TYPE };
  }

  /** An array of bundles; `{runId, error}` in the place of a run that does not exist. Each run is read when it is its turn. */
  async exportAll(refs: readonly string[]): Promise<LongText> {
    return { text: this.bundles(await this.query.eachOnce(refs)) };
  }

  /** A page of what the runtime said, ascending by position; an empty one is the last. */
  async rawEvents(ref: string, page: RawPage): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { id } = await this.query.get(ref);
    return (await this.log.listRaw(id, page)).map((raw) => this.shown(raw));
  }

  private async *bundles(refs: readonly string[]): AsyncGenerator<string, void, undefined> {
    for (const [index, ref] of refs.entries()) {
      yield index === 0 ? '[' : ',';
      const parts = await this.parts(ref, BUNDLE).catch((error: unknown) => refusalOf(error));
      if ('message' in parts) {
        yield JSON.stringify({ runId: ref, error: { errorCode: parts.code, message: parts.message } });
      } else {
        yield* toBundle(parts);
      }
    }
    yield ']';
  }

  private async parts(ref: string, query: ExportContent): Promise<readonly ExportPart[]> {
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
      { key: 'artifacts', values: this.whole(run.id, this.details.allArtifacts(run.id)) },
      { key: 'messages', values: this.whole(run.id, this.details.allMessages(run.id)) },
      {
        key: 'canonicalEvents',
        kind: 'canonical_event',
        limit: query.includeCanonical ? query.eventLimit : 0,
        items: this.whole(run.id, this.canonical(run.id)),
      },
      {
        key: 'rawEvents',
        kind: 'raw_event',
        limit: query.includeRaw ? query.eventLimit : 0,
        items: this.whole(run.id, this.raw(run.id)),
      },
    ];
  }

  /** A list of a run that is deleted meanwhile ends early without a word; then so does the export, as if it had failed. */
  private async *whole<T>(id: RunId, list: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    yield* list;
    await this.query.mustExist(id);
  }

  private async *canonical(id: RunId): AsyncGenerator<string, void, undefined> {
    for (let after = 0; ;) {
      const { events, hasMore } = await this.query.page(id, { afterSeq: after, limit: PAGE_MAX });
      yield* events.map(wireJson);
      after += events.length;
      if (!hasMore) return;
    }
  }

  private async *raw(id: RunId): AsyncGenerator<string, void, undefined> {
    for (let page = await this.log.listRaw(id, { afterPosition: 0, limit: PAGE_MAX }); page.length > 0;) {
      yield* page.map((raw) => JSON.stringify(this.shown(raw)));
      page = await this.log.listRaw(id, { afterPosition: page.at(-1)?.position ?? 0, limit: PAGE_MAX });
    }
  }

  private shown(raw: RawEvent): Readonly<Record<string, unknown>> {
    return toRawJson(raw, this.config.normalize.redactPaths.length === 0);
  }
}

/** The run may be gone by its turn; anything else breaks the export off. */
function refusalOf(error: unknown): AppError {
  if (hasCode(error, 'RUN_NOT_FOUND')) return error;
  throw error;
}
