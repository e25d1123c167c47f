import type { CanonicalEvent } from '../../src/contracts/events.js';
import type { ExecutionRequest } from '../../src/contracts/execution-request.js';
import type { RunMetrics } from '../../src/contracts/metrics.js';
import type { RunStateView } from '../../src/contracts/projection.js';
import { TERMINAL_STATUSES, type RunStatus } from '../../src/contracts/run.js';
import type { RunRecord } from '../../src/contracts/run-record.js';
import { until } from './until.js';

const PAGE = 1_000;
/** For one answer. Less than any test has, so that the error names the request. */
const ANSWER_MS_MAX = 25_000;
const TERMINAL: readonly RunStatus[] = TERMINAL_STATUSES;

export interface Answer<T = unknown> {
  readonly status: number;
  readonly body: T;
}

export interface Launched {
  readonly runId: string;
  readonly sessionId: string;
  readonly status: string;
  readonly traceId: string;
}

/** What every refusal looks like. */
export interface Refusal {
  readonly statusCode: number;
  readonly errorCode: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The control plane as an HTTP client sees it. Methods named after what they return throw on any other status. */
export class Api {
  constructor(readonly url: string) {}

  async request<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const ask = async () => {
      const response = await fetch(`${this.url}${path}`, {
        method,
        signal,
        headers: { ...json, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    };
    const { status, text } = await ask().catch((error: unknown) => {
      if (!signal.aborted) throw error;
      throw new Error(`${method} ${path}: no answer within ${ANSWER_MS_MAX} ms`, { cause: error });
    });
    // The caller names the shape it expects and looks at the status first.
    return { status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  }

  /** Only of status 2xx; otherwise an error that holds the answer. */
  async ok<T>(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<T> {
    const answer = await this.request<T>(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A figure of the process's /metrics. */
  async figure(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  }

  launch(request: ExecutionRequest, headers?: Readonly<Record<string, string>>): Promise<Launched> {
    return this.ok('POST', '/runs', request, headers);
  }

  run(runId: string): Promise<RunRecord> {
    return this.ok('GET', `/runs/${runId}`);
  }

  state(runId: string): Promise<RunStateView> {
    return this.ok('GET', `/runs/${runId}/state`);
  }

  metrics(runId: string): Promise<RunMetrics & { readonly runId: string }> {
    return this.ok('GET', `/runs/${runId}/metrics`);
  }

  /** The whole log, read by pages as a client would. */
  async events(runId: string): Promise<readonly CanonicalEvent[]> {
    const all: CanonicalEvent[] = [];
    for (;;) {
      const path = `/runs/${runId}/events?afterSeq=${all.at(-1)?.seq ?? 0}&limit=${PAGE}`;
      const page = await this.ok<readonly CanonicalEvent[]>('GET', path);
      all.push(...page);
      if (page.length < PAGE) return all;
    }
  }

  command(runId: string, command: 'cancel' | 'suspend' | 'resume', reason = 'test'): Promise<Answer> {
    return this.request('POST', `/runs/${runId}/${command}`, { reason });
  }

  /** Resolves with the run as soon as it has this status; throws at once when it ends otherwise. */
  untilStatus(runId: string, status: RunStatus, withinMs?: number): Promise<RunRecord> {
    let last = '';
    return until(
      () => `run ${runId} is ${status}; it was ${last}`,
      async () => {
        const run = await this.run(runId);
        last = run.status;
        if (run.status === status) return run;
        if (!TERMINAL.includes(run.status)) return undefined;
        throw new Error(
          `run ${runId} is ${run.status}, not ${status}: ${run.errorCode ?? ''} ${run.errorMessage ?? ''}`,
        );
      },
      withinMs,
    );
  }

  untilEnded(runId: string, withinMs?: number): Promise<RunRecord> {
    const look = async () => {
      const run = await this.run(runId);
      return TERMINAL.includes(run.status) ? run : undefined;
    };
    return until(`run ${runId} has ended`, look, withinMs);
  }

  /** Resolves with the first event that fits. */
  untilEvent(runId: string, fits: (event: CanonicalEvent) => boolean, withinMs?: number): Promise<CanonicalEvent> {
    return until(`an event of run ${runId}`, async () => (await this.events(runId)).find(fits), withinMs);
  }
}
