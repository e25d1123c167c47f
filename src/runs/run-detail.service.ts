import { Injectable } from '@nestjs/common';
import type { RunId } from '../contracts/ids.js';
import type { RunMetrics } from '../contracts/metrics.js';
import type { OutboundMessage, OutboundStatus } from '../contracts/outbound.js';
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

  async artifacts(ref: string): Promise<readonly ArtifactView[]> {
    const { id } = await this.query.get(ref);
    const artifacts = await this.artifactStore.list(id);
    return artifacts.map(({ runId: _run, ...view }) => view);
  }

  async messages(ref: string): Promise<readonly MessageView[]> {
    const { id } = await this.query.get(ref);
    return (await this.outbox.list(id)).map(toMessageView);
  }
}

/** What we sent, without its payload: what of it may be shown is in the run's events. */
function toMessageView(message: OutboundMessage): MessageView {
  const { payloadEncoding, payloadTypeName, payload } = message;
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
      byteLength: payload.byteLength,
    },
    createdAt: message.createdAt,
    ...(message.answeredAt === undefined ? {} : { answeredAt: message.answeredAt }),
  };
}
