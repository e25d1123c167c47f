import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { CanonicalEvent } from '../contracts/events.js';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { RunStateView } from '../contracts/projection.js';

export interface LaunchedRun {
  readonly runId: string;
  readonly sessionId: string;
}

/** The few calls of the HTTP API that the demo makes. Each throws with the service's own words when it is refused. */
export class DemoApi {
  constructor(
    private readonly url: string,
    private readonly signal: AbortSignal,
  ) {}

  async launch(request: ExecutionRequest): Promise<LaunchedRun> {
    const body = JSON.stringify(request);
    const response = await this.ask('/runs', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    // Our own service's documented answer to POST /runs.
    return (await response.json()) as LaunchedRun;
  }

  async state(runId: string): Promise<RunStateView> {
    const response = await this.ask(`/runs/${runId}/state`);
    // Our own service's documented answer to GET /runs/:id/state.
    return (await response.json()) as RunStateView;
  }

  /** The run's events from the first one on, as they come, to the end of the run. */
  async *events(runId: string): AsyncGenerator<CanonicalEvent> {
    const query = 'afterSeq=0&includeSnapshot=false&closeOnEnd=true';
    const response = await this.ask(`/runs/${runId}/stream?${query}`);
    if (!response.body) throw new Error('the event stream has no body');
    const frames = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const { event, data } of frames) {
      if (event === 'end') return;
      // Frames of this name carry exactly this shape; the feed writes what the log holds.
      if (event === 'canonical_event') yield JSON.parse(data) as CanonicalEvent;
    }
    throw new Error('the event stream closed before the run ended');
  }

  private async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, { ...init, signal: this.signal });
    if (response.ok) return response;
    throw new Error(`${init.method ?? 'GET'} ${path} answered ${response.status}: ${await response.text()}`);
  }
}
