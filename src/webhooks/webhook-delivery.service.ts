import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { checkTarget } from '../calls/call-target.js';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { hasCode } from '../errors/app-error.js';
import { Bell } from '../events/bell.stream.js';
import { wireJson } from '../events/wire-json.js';
import { EventRepository } from '../storage/event.repository.js';
import type { EventText } from '../storage/event-text.js';
import { WebhookDeliveryRepository, type DueWebhook, type Lease } from '../storage/webhook-delivery.repository.js';
import { attemptRecord } from './attempt-record.js';
import { verdictOf, type Verdict } from './delivery.js';
import { WebhookSenderClient } from './webhook-sender.client.js';

/** How often the log is looked at while a webhook is active, and while none is. Milliseconds. */
const LOOK_MS = 500;
const IDLE_LOOK_MS = 5_000;
/** Webhooks that are delivered to at once; further ones wait for the next look. */
const AT_ONCE_MAX = 16;
/** Events that one webhook is told in one turn; then the others may come first. */
const TURN_EVENTS_MAX = 64;
/** How much longer than an attempt a lease is: for what the database takes before and after it. Milliseconds. */
const LEASE_MARGIN_MS = 20_000;
/** How long an attempt under way may take once the process stops; then it is cut, and repeated with the same id. */
const GOODBYE_MS_MAX = 2_000;

interface Turn {
  readonly cut: AbortController;
  readonly finished: Promise<void>;
}

/**
 * Tells webhooks of events. The log is the outbox: each webhook has a place in the order of all events that moves when a
 * delivery was taken, so nothing waits in memory, and a restart goes on where it was. One event at a time per webhook.
 */
@Injectable()
export class WebhookDeliveryService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger(WebhookDeliveryService.name);
  private readonly sender: WebhookSenderClient;
  private readonly lease: Lease;
  private readonly turns = new Map<string, Turn>();
  /** Up to where the log was looked through for a webhook without finding more. Its row may stand before that. */
  private readonly seen = new Map<string, number>();
  private readonly counts: Record<Verdict['next'], number> = {
    ...{ delivered: 0, blocked: 0, retry: 0, passed_over: 0, switched_off: 0 },
  };
  private readonly bell = new Bell();
  private readonly stopping = new AbortController();
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly webhooks: WebhookDeliveryRepository,
    private readonly events: EventRepository,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.sender = new WebhookSenderClient(config.webhooks);
    this.lease = { holder: randomUUID(), ms: config.webhooks.timeoutMs + LEASE_MARGIN_MS };
  }

  /** Without a host that may be called there is nothing to do. */
  onApplicationBootstrap(): void {
    if (this.config.webhooks.rule.hosts.length > 0) this.looking = this.look(this.stopping.signal);
  }

  /** A webhook is new or was changed: look at once, from where its row stands. */
  wake(id: string): void {
    this.seen.delete(id);
    this.bell.ring();
  }

  /** The webhook is gone: what is being sent to it is cut off. */
  forget(id: string): void {
    this.seen.delete(id);
    this.turns.get(id)?.cut.abort();
  }

  /** Attempts of this process by what came of them. */
  outcomes(): Readonly<Record<Verdict['next'], number>> {
    return this.counts;
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.looking;
    const cut = setTimeout(() => {
      for (const turn of this.turns.values()) turn.cut.abort();
    }, GOODBYE_MS_MAX);
    await Promise.all([...this.turns.values()].map(({ finished }) => finished));
    clearTimeout(cut);
  }

  private async look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hasActive = await this.startTurns().catch((error: unknown) => this.report(error));
      await this.bell.wait(hasActive === false ? IDLE_LOOK_MS : LOOK_MS, this.clock, signal);
    }
  }

  /** False when no webhook is active. */
  private async startTurns(): Promise<boolean> {
    const due = await this.webhooks.due(isoTime(this.clock.now()));
    if (due === undefined) return false;
    for (const { id, url, cursor } of due.webhooks) {
      if (this.turns.size >= AT_ONCE_MAX) break;
      if (this.turns.has(id) || (this.seen.get(id) ?? cursor) >= due.settled) continue;
      if (!checkTarget(url, this.config.webhooks.rule).ok) continue;
      const cut = new AbortController();
      const finished = this.turn(id, due.settled, cut.signal)
        .catch((error: unknown) => this.restAfter(error))
        .finally(() => this.turns.delete(id));
      this.turns.set(id, { cut, finished });
    }
    return true;
  }

  /** `settled`: global ordinal up to which the log was complete before the turn began. */
  private async turn(id: string, settled: number, cut: AbortSignal): Promise<void> {
    const { holder } = this.lease;
    let webhook = await this.webhooks.claim(id, this.lease);
    let reached: number | undefined;
    try {
      for (let count = 0; webhook !== undefined && webhook.active; count += 1) {
        if (count === TURN_EVENTS_MAX) {
          this.bell.ring();
          return;
        }
        if (this.stopping.signal.aborted || cut.aborted) return;
        const afterOrdinal = Math.max(webhook.cursor, this.seen.get(id) ?? 0);
        const { events, lastOrdinal } = await this.events.search({ afterOrdinal, types: webhook.events, limit: 1 });
        const [event] = events;
        if (event === undefined) {
          // The row follows once it has changed anyway; to look again from before it costs little.
          this.seen.set(id, settled);
          if (count > 0) reached = settled;
          return;
        }
        const verdict = await this.attempt(webhook, event, cut);
        const record = attemptRecord(verdict, webhook, lastOrdinal, this.clock.now());
        webhook = await this.webhooks.record(id, record, this.lease, webhook.updatedAt);
        if (verdict.next !== 'delivered') return;
      }
    } finally {
      await this.webhooks.release(id, holder, reached);
    }
  }

  private async attempt(webhook: DueWebhook, event: EventText, cut: AbortSignal): Promise<Verdict> {
    const { id, url, secret } = webhook;
    const sessionId = await this.webhooks.sessionOf(event.runId);
    const head = JSON.stringify({ type: event.type, timestamp: event.ts, sessionId });
    const body = `${head.slice(0, -1)},"data":${wireJson(event)}}`;
    const now = this.clock.now();
    const answer = await this.sender.send({ id: `${id}_${event.id}`, url, secret, body, now }, cut);
    const verdict = verdictOf(answer, webhook, this.clock.now(), Math.random());
    this.counts[verdict.next] += 1;
    if (verdict.next === 'passed_over' || verdict.next === 'switched_off') {
      this.log.warn({ message: `webhook: ${verdict.next}`, webhookId: id, eventId: event.id, error: verdict.error });
    }
    return verdict;
  }

  /** Its turn goes on for so long, so that what fails at once is not tried, and told, at every look. */
  private async restAfter(error: unknown): Promise<void> {
    this.report(error);
    await this.clock.sleep(IDLE_LOOK_MS, this.stopping.signal);
  }

  /** A database that is away comes back, and the next look goes on; whoever was cut off knows. */
  private report(error: unknown): undefined {
    const isCut = error instanceof Error && error.name === 'AbortError';
    if (!isCut && !hasCode(error, 'DATABASE_UNAVAILABLE')) this.log.error(error);
  }
}
