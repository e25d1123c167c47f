import { Injectable } from '@nestjs/common';
import type { RunId } from '../contracts/ids.js';
import type { RunMetrics } from '../contracts/metrics.js';
import type { Executor } from '../db/database.client.js';
import type { Write } from '../db/statement.js';
import { noSuchRun } from '../errors/app-error.js';
import { MetricsRepository } from '../storage/metrics.repository.js';
import { foldMetrics, initialMetrics } from './metrics.js';
import type { ReadableEvent } from './read.js';

/** Counts canonical events, in the transaction that stores them. */
@Injectable()
export class MetricsService {
  constructor(private readonly metrics: MetricsRepository) {}

  /** Counts new events and adds the write that stores the result to `writes`. */
  recordEvents(writes: Write[], before: RunMetrics, events: readonly ReadableEvent[]): RunMetrics {
    const [first] = events;
    if (first === undefined) return before;
    const after = foldMetrics(before, events);
    writes.push(this.metrics.update(first.runId, before, after));
    return after;
  }

  /** The same for the first events of a run. */
  createAndRecord(writes: Write[], runId: RunId, events: readonly ReadableEvent[]): RunMetrics {
    const metrics = foldMetrics(initialMetrics(), events);
    writes.push(this.metrics.insert(runId, metrics));
    return metrics;
  }

  /** As stored; throws RUN_NOT_FOUND. */
  async load(executor: Executor, runId: RunId): Promise<RunMetrics> {
    const metrics = await this.metrics.find(runId, executor);
    if (metrics === undefined) throw noSuchRun();
    return metrics;
  }
}
