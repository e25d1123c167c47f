import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { RunMeterService } from '../events/run-meter.service.js';
import { ProcessGaugesService } from './process-gauges.service.js';

/** Upper bounds in seconds. */
const REQUEST_BUCKETS_S = [0.005, 0.025, 0.1, 0.5, 1, 5, 10];
/** Open as long as their reader likes. */
const OPEN_STREAM = /\/runs\/:id\/(replay\/)?stream$/;
/** Requests without a route share one label: paths are chosen by callers, and there is no end of them. */
const NO_ROUTE = '(none)';
/** The status, told to nobody, of a request whose connection was closed before the whole answer had left. */
const UNANSWERED = 499;

/** Why a caller was refused; `limited`: one of many wrong keys from its address. */
const REFUSED = ['missing', 'malformed', 'unknown', 'limited', 'scope'] as const;
export type Refused = (typeof REFUSED)[number];

/** What this process does, as Prometheus reads it. */
@Injectable()
export class ProcessMetricsService {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'macp_http_request_duration_seconds',
    help: 'Requests by route, 499: the connection was closed before the answer; open streams are not among them.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS_S,
    registers: [this.registry],
  });
  private readonly refused = new Counter({
    name: 'macp_auth_refused_total',
    help: 'Requests refused for want of a key, or of its scope.',
    labelNames: ['reason'],
    registers: [this.registry],
  });

  constructor(
    private readonly runs: RunMeterService,
    private readonly gauges: ProcessGaugesService,
  ) {
    for (const reason of REFUSED) this.refused.inc({ reason }, 0);
    collectDefaultMetrics({ register: this.registry });
  }

  /** The media type that `text` is in. */
  get contentType(): string {
    return this.registry.contentType;
  }

  async text(): Promise<string> {
    return Registry.merge([this.registry, this.gauges.registry, this.runs.registry]).metrics();
  }

  countRefused(reason: Refused): void {
    this.refused.inc({ reason });
  }

  countRequest(method: string, route: string | undefined, status: number, elapsedMs: number): void {
    if (status === 200 && isOpenStream(route)) return;
    this.requests.observe({ method, route: route ?? NO_ROUTE, status: String(status) }, elapsedMs / 1_000);
  }

  /** `hasBegun`: a part of the answer had left, which of a stream is all there can be. */
  countUnanswered(method: string, route: string | undefined, hasBegun: boolean, elapsedMs: number): void {
    if (!hasBegun || !isOpenStream(route)) this.countRequest(method, route, UNANSWERED, elapsedMs);
  }
}

function isOpenStream(route: string | undefined): boolean {
  return route !== undefined && OPEN_STREAM.test(route);
}
