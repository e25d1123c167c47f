import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { RunId } from '../contracts/ids.js';
import type { OutboundDraft, OutboundMessage } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import type { Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { within } from '../runtime/limited-call.client.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { missingCredentials } from '../runtime/permission.js';
import { answerOf, isSameMessage, leftOutcome, named, repeatedAnswer, type MessageAnswer } from './message-answer.js';
import { OutboundSenderService } from './outbound-sender.service.js';
import { untilLasting } from './patience.stream.js';
import { RunLedgerService } from './run-ledger.service.js';
import { RunManagerService } from './run-manager.service.js';
import { RuntimeSelectorService } from './runtime-selector.service.js';
import type { SendOutcome } from './send-step.js';

/** How long a message sent on request may be repeated while the runtime is away. Milliseconds. */
const SEND_MS_MAX = 10_000;
/** How long its answer waits for a database that is away, before the client is told. Milliseconds. */
const RECORD_MS_MAX = 20_000;
/** After so long nobody sends or records any more what was stored by then, in whatever process. Milliseconds. */
const LEFT_MS = SEND_MS_MAX + RECORD_MS_MAX + 5_000;
/** How long a database that is away keeps what was left waiting. Milliseconds. */
const SETTLE_MS_MAX = 600_000;
/** How long a process that leaves waits for the runtime's answers. Milliseconds. */
const LEAVE_MS_MAX = 2_000;

interface Delivery {
  readonly message: OutboundDraft;
  readonly answer: Promise<MessageAnswer>;
}

interface Order {
  readonly run: Run;
  readonly message: OutboundDraft;
  /** The message's id stands for a request that its client may make again. */
  readonly isKeyed: boolean;
  /** It was stored before, so that its answer may be as well. */
  readonly isKnown: boolean;
}

/** Delivers what is sent on request: stores each message, sends it, and records what came of it. */
@Injectable()
export class MessageDeliveryService implements OnModuleDestroy {
  private readonly log = new Logger(MessageDeliveryService.name);
  private readonly stopping = new AbortController();
  /** By message id; as many as there are requests. */
  private readonly underWay = new Map<string, Delivery>();
  private readonly settling = new Map<RunId, { again: boolean; readonly settled: Promise<void> }>();

  constructor(
    private readonly ledger: RunLedgerService,
    private readonly manager: RunManagerService,
    private readonly selector: RuntimeSelectorService,
    private readonly sender: OutboundSenderService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A message of a new id. */
  deliver(run: Run, message: OutboundDraft): Promise<MessageAnswer> {
    return this.begin(message, () => this.first({ run, message, isKeyed: false, isKnown: false }));
  }

  /**
   * A message whose id stands for a request: asked for again it gets the answer that it got, and what has none is sent once
   * more with the same bytes – a signal is not, which the runtime would take for another one. Throws IDEMPOTENCY_KEY_REUSED
   * for another message.
   */
  async deliverOnce(run: Run, message: OutboundDraft): Promise<MessageAnswer> {
    const known = this.underWay.get(message.messageId);
    if (known === undefined) return this.begin(message, () => this.once(run, message));
    requireSame(known.message, message);
    return known.answer;
  }

  /**
   * What nobody works on any more and has no answer, as after a crash, gets one in a while: accepted if the run has heard
   * it, else unknown. Nothing is sent again, since nobody waits for it.
   */
  settleLeft(runId: RunId): void {
    const underWay = this.settling.get(runId);
    if (underWay === undefined) this.settling.set(runId, { again: false, settled: this.settle(runId) });
    // What was left since it looked is on nobody's list.
    else underWay.again = true;
  }

  /** What was sent has some time to be answered; that its answer is unknown is recorded then. */
  async onModuleDestroy(): Promise<void> {
    const wait = new AbortController();
    const answered = Promise.allSettled([...this.underWay.values()].map(({ answer }) => answer));
    await Promise.race([answered, this.clock.sleep(LEAVE_MS_MAX, wait.signal)]);
    wait.abort();
    this.stopping.abort();
    await Promise.all([answered, ...[...this.settling.values()].map(({ settled }) => settled)]);
  }

  private begin(message: OutboundDraft, work: () => Promise<MessageAnswer>): Promise<MessageAnswer> {
    const { messageId } = message;
    const answer = work().finally(() => this.underWay.delete(messageId));
    this.underWay.set(messageId, { message, answer });
    return answer;
  }

  private async once(run: Run, message: OutboundDraft): Promise<MessageAnswer> {
    const known = await this.ledger.findMessage(run.id, message.messageId);
    if (known === undefined) return this.first({ run, message, isKeyed: true, isKnown: false });
    requireSame(known, message);
    const ack = known.status === 'accepted' ? await this.ledger.ackOf(run.id, known.messageId) : undefined;
    const order = { run, message: known, isKeyed: true, isKnown: true };
    // What its run has heard was accepted, and by now its session may be forgotten, or take it for another one.
    const isOpen = known.status === 'queued' || known.status === 'unknown';
    if (isOpen && (await this.ledger.isHeard(known))) {
      const heard = leftOutcome(known, true);
      await this.record(order, { ...heard, ack: { ...heard.ack, duplicate: true } });
      return this.once(run, message);
    }
    const answer = repeatedAnswer(known, ack);
    if (answer !== undefined) return answer;
    // Whatever the run is meanwhile: the runtime knows what it has taken.
    const provider = await this.providerFor(run, known);
    return this.send(order, provider);
  }

  private async first(order: Order): Promise<MessageAnswer> {
    const { run, message } = order;
    requireRunning(run);
    if (this.stopping.signal.aborted)
      throw new AppError('SHUTTING_DOWN', 'This process is stopping and sends nothing.');
    const provider = await this.providerFor(run, message);
    try {
      await this.manager.hear(run.id, { raws: [], queue: [message] });
    } catch (error) {
      // It may be stored, and only the answer lost.
      this.settleLeft(run.id);
      throw error;
    }
    return this.send(order, provider);
  }

  private async providerFor(run: Run, { sender }: OutboundDraft): Promise<RuntimeProvider> {
    const provider = await this.selector.forKind(run.runtimeKind);
    if (!provider.hasCredentialsFor(sender)) throw missingCredentials('Send', { participant: sender, own: sender });
    return provider;
  }

  private async send(order: Order, provider: RuntimeProvider): Promise<MessageAnswer> {
    const deadline = this.clock.now() + SEND_MS_MAX;
    const { run, message, isKeyed } = order;
    const outcome = await within(SEND_MS_MAX, this.stopping.signal, (signal) =>
      this.sender.send(message, provider, deadline, signal),
    );
    try {
      await this.record(order, outcome);
    } catch (error) {
      this.settleLeft(run.id);
      // The runtime may have the message: under another id it would be a second one.
      throw named(message, error, isKeyed ? {} : { retryable: false });
    }
    return answerOf(message, outcome, isKeyed);
  }

  /** The runtime does not say it again, so a database that is away is waited for. What a try stored is known to the next. */
  private record({ run, message, isKnown }: Order, outcome: SendOutcome): Promise<void> {
    const heard = this.sender.recorded(message, outcome);
    const once = async (): Promise<void> => {
      const stored = isKnown ? await this.ledger.findMessage(run.id, message.messageId) : undefined;
      if (stored === undefined || isNews(stored, outcome)) await this.manager.hear(run.id, heard);
    };
    return untilLasting(once, this.patience(RECORD_MS_MAX));
  }

  /** Never rejects. */
  private async settle(runId: RunId): Promise<void> {
    const { signal } = this.stopping;
    try {
      const left = await untilLasting(() => this.ledger.requestedOf(runId), this.patience(SETTLE_MS_MAX));
      if (left.length > 0) await this.clock.sleep(LEFT_MS, signal);
      for (const { messageId } of left) {
        if (signal.aborted) return;
        await untilLasting(() => this.settleMessage(runId, messageId), this.patience(SETTLE_MS_MAX));
      }
    } catch (error) {
      this.log.warn({ message: 'messages without an answer could not be settled', runId, err: error });
    }
    const isAskedAgain = this.settling.get(runId)?.again === true;
    this.settling.delete(runId);
    if (isAskedAgain && !signal.aborted) this.settleLeft(runId);
  }

  private async settleMessage(runId: RunId, messageId: string): Promise<void> {
    const message = await this.ledger.findMessage(runId, messageId);
    if (message?.status !== 'queued' || this.underWay.has(messageId)) return;
    const outcome = leftOutcome(message, await this.ledger.isHeard(message));
    await this.manager.hear(runId, this.sender.recorded(message, outcome));
  }

  private patience(ms: number) {
    return { clock: this.clock, deadline: this.clock.now() + ms, signal: this.stopping.signal };
  }
}

/** Whether an outcome says more of a message than is stored. */
function isNews({ status }: OutboundMessage, { kind }: SendOutcome): boolean {
  return status === 'queued' || (status === 'unknown' && kind === 'answered');
}

function requireSame(known: OutboundDraft, asked: OutboundDraft): void {
  if (isSameMessage(known, asked)) return;
  const { messageId } = known;
  throw new AppError('IDEMPOTENCY_KEY_REUSED', 'This idempotency key belongs to another message.', { messageId });
}

function requireRunning({ id, status }: Run): void {
  if (status === 'running') return;
  const details = { runId: id, status };
  throw new AppError('INVALID_STATE_TRANSITION', `A ${status} run takes no messages.`, details);
}
