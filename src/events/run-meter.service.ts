import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import type { RunId } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';
import type { News, RunPublisher } from './run-publisher.interface.js';
import { StreamHubService } from './stream-hub.service.js';

/** Upper bounds in seconds: from a quick vote to a session of the longest lifetime. */
const DURATION_BUCKETS_S = [1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400];

/** Hears what was committed before the readers do, and counts it. Of this process since it started. */
@Injectable()
export class RunMeterService implements RunPublisher {
  readonly registry = new Registry();
  private readonly events = new Counter({
    name: 'macp_events_recorded_total',
    help: 'Canonical events that this process has recorded.',
    registers: [this.registry],
  });
  private readonly ended = new Counter({
    name: 'macp_runs_ended_total',
    help: 'Runs whose end this process has recorded, by their status.',
    labelNames: ['status'],
    registers: [this.registry],
  });
  private readonly durations = new Histogram({
    name: 'macp_run_duration_seconds',
    help: 'From start to end, of runs whose end this process has recorded.',
    buckets: DURATION_BUCKETS_S,
    registers: [this.registry],
  });

  constructor(private readonly hub: StreamHubService) {}

  isRead(runId: RunId): boolean {
    return this.hub.isRead(runId);
  }

  publishEvent(news: News): void {
    this.events.inc(news.count);
    if (news.hasEnded) this.countEnd(news.run);
    this.hub.publishEvent(news);
  }

  private countEnd({ status, startedAt, endedAt }: Run): void {
    this.ended.inc({ status });
    if (startedAt === undefined || endedAt === undefined) return;
    this.durations.observe(Math.max(Date.parse(endedAt) - Date.parse(startedAt), 0) / 1_000);
  }
}
