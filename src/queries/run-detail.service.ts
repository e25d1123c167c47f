import { Injectable } from '@nestjs/common';
import type { RunId } from '../contracts/ids.js';
import type { RunMetrics } from '../contracts/metrics.js';
import type { OutboundRecord, OutboundStatus } from '../contracts/outbound.js';
import type { OutboundKind } from '../contracts/raw-event.js';
import type { RunStatus } from '../contracts/run.js';
import { initialMetrics } from '../projection/metrics.js';
import { ArtifactRepository, type Artifact } from '../storage/artifact.repository.js';
import { MetricsRepository } from '../storage/metrics.repository.js';
import { OutboundMessageRepository } from '../storage/outbound-message.repository.js';
import { RunQueryService } from './run-query.service.js';

export interface TraceView {
  readonly runId: RunId;
  readonly traceId?: string;
  readonly spanCount: number;
  readonly lastSpanId?: string;
  readonly linkedArtifacts: readonly string[];
  readonly runStatus: RunStatus;
}

export type ArtifactView = Omit<Artifact, 'runId'>;

export interface MessageView {
  readonly messageId: string;
  readonly step: number;
  readonly kind: OutboundKind;
  readonly messageType: string;
  readonly modeName: string;
  readonly sessionId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly status: OutboundStatus;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly payloadDescriptor: { readonly encoding: string; readonly typeName?: string; readonly byteLength: number };
  readonly createdAt: string;
  readonly answeredAt?: string;
}

/** What else is kept of a run, beside its events and its state. `ref` as everywhere. */
@Injectable()
export class RunDetailService {
  constructor(
    private readonly query: RunQueryService,
    private readonly counters: MetricsRepository,
    private readonly outbox: OutboundMessageRepository,
    private readonly artifactStore: ArtifactRepository,
  ) {}

  async metrics(ref: string): Promise<RunMetrics & { readonly runId: RunId }> {
    const { id } = await this.query.get(ref);
    return { runId: id, ...((await this.counters.find(id)) ?? initialMetrics()) };
  }

  async traces(ref: string): Promise<TraceView> {
    const { id, status } = await this.query.get(ref);
    const { trace } = await this.query.stateOf(id);
    return { runId: id, ...trace, runStatus: status };
  }

  /** A page behind the artifact `after`; an empty one is the last. */
  async artifacts(ref: string, after?: string): Promise<readonly ArtifactView[]> {
    const { id } = await this.query.get(ref);
    return (await this.artifactStore.page(id, after)).map(toArtifactView);
  }

  /** A page behind the message `after`; an empty one is the last. */
  async messages(ref: string, after?: string): Promise<readonly MessageView[]> {
    const { id } = await this.query.get(ref);
    return (await this.outbox.page(id, after)).map(toMessageView);
  }

  async *allArtifacts(id: RunId): AsyncGenerator<ArtifactView, void, undefined> {
    for (let page = await this.artifactStore.page(id); page.length > 0;) {
      yield* page.map(toArtifactView);
      page = await this.artifactStore.page(id, page.at(-1)?.id);
    }
  }

  async *allMessages(id: RunId): AsyncGenerator<MessageView, void, undefined> {
    for (let page = await this.outbox.page(id); page.length > 0;) {
      yield* page.map(toMessageView);
      page = await this.outbox.page(id, page.at(-1)?.messageId);
    }
  }
}

function toArtifactView({ runId: _run, ...view }: Artifact): ArtifactView {
  return view;
}

/** What we sent, without its payload: what of it may be shown is in the run's events. */
function toMessageView(message: OutboundRecord): MessageView {
  const { payloadEncoding, payloadTypeName, payloadBytes } = message;
  return {
    messageId: message.messageId,
    step: message.step,
    kind: message.purpose,
    messageType: message.messageType,
    modeName: message.modeName,
    sessionId: message.sessionId,
    from: message.sender,
    to: message.to,
    status: message.status,
    ...(message.errorCode === undefined ? {} : { errorCode: message.errorCode }),
    ...(message.errorMessage === undefined ? {} : { errorMessage: message.errorMessage }),
    payloadDescriptor: {
      encoding: payloadEncoding,
      ...(payloadTypeName === undefined ? {} : { typeName: payloadTypeName }),
      byteLength: payloadBytes,
    },
    createdAt: message.createdAt,
    ...(message.answeredAt === undefined ? {} : { answeredAt: message.answeredAt }),
  };
}
