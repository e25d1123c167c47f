import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import { isAborted } from '../contracts/aborted.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import { isTerminal } from '../contracts/run.js';
import type { Clock } from '../contracts/time.js';
import { AdmissionLines, type Turn } from './admission-lines.stream.js';
import { OutboundSenderService } from './outbound-sender.service.js';
import { untilLasting } from './patience.stream.js';
import { isAdmissionRefused, retryDelayMs } from './retry.js';
import { RunLedgerService } from './run-ledger.service.js';
import type { SendOutcome } from './send-step.js';
import { ADMISSION_MS_MAX, type StartStep } from './start-step.js';

/** How often it is looked whether a sender's kickoffs are through. Milliseconds. */
const LOOK_MS = 1_000;

/** Holds the further runs of a sender back. Either call may be repeated. */
export interface Barrier {
  raise(): void;
  lower(): void;
}

/**
 * Asks runtimes to open sessions. A runtime admits so many a minute of each sender; the runs of a sender that it admits no
 * more of stand in line, without a place and without a deadline, and only the first of them asks.
 */
@Injectable()
export class SessionStartService {
  private readonly log = new Logger(SessionStartService.name);
  private readonly lines = new AdmissionLines();
  /** How many kickoffs hold the further runs of a sender back, by line. */
  private readonly barriers = new Map<string, number>();

  constructor(
    private readonly ledger: RunLedgerService,
    private readonly sender: OutboundSenderService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Runs that stand in line, of all senders. */
  get waiting(): number {
    return this.lines.waiting;
  }

  /** Those of one sender. */
  waitingOf(runtimeKind: string, sender: string): number {
    return this.lines.waitingOf(lineOf(runtimeKind, sender));
  }

  /**
   * While it is up, the further runs of the sender wait in line: the runtime takes no more kickoff messages of those that
   * it has, and each session more would only stand open. Not up yet.
   */
  barrier(runtimeKind: string, sender: string): Barrier {
    const line = lineOf(runtimeKind, sender);
    let isUp = false;
    const set = (up: boolean): void => {
      if (up === isUp) return;
      isUp = up;
      const kickoffs = (this.barriers.get(line) ?? 0) + (up ? 1 : -1);
      if (kickoffs > 0) this.barriers.set(line, kickoffs);
      else this.barriers.delete(line);
    };
    return { raise: () => set(true), lower: () => set(false) };
  }

  /**
   * Initialize and SessionStart, until the runtime accepts or refuses for good, the step's deadline passes, or its signal
   * aborts. A refusal that is not an acknowledgement (wrong credentials …) comes back as one; undefined when the run was
   * ended while it stood in line. Rejects only when the run cannot be read again.
   */
  async send(start: OutboundMessage, step: StartStep): Promise<SendOutcome | undefined> {
    const line = lineOf(step.provider.kind, start.sender);
    if (!this.lines.has(line) && !this.barriers.has(line)) {
      const outcome = await this.once(start, step);
      if (!isAdmissionRefused(outcome.ack)) return outcome;
      this.log.warn({ message: 'no more sessions of a sender are admitted for now', sender: start.sender });
    }
    const wait = new AbortController();
    const patience = AbortSignal.any([step.signal, wait.signal]);
    void this.clock.sleep(ADMISSION_MS_MAX, patience).then(() => wait.abort());
    try {
      return await this.untilAdmitted(start, step, patience);
    } finally {
      wait.abort();
    }
  }

  /** When `patience` aborts, it is asked once more, wherever in the line the run stands. */
  private async untilAdmitted(
    start: OutboundMessage,
    step: StartStep,
    patience: AbortSignal,
  ): Promise<SendOutcome | undefined> {
    const line = lineOf(step.provider.kind, start.sender);
    for (;;) {
      step.place.leave();
      const outcome = await this.lines.join(line, patience, (turn) => this.inTurn(start, step, patience, turn));
      if (outcome === undefined || !isAdmissionRefused(outcome.ack) || isAborted(patience)) return outcome;
    }
  }

  private async inTurn(
    start: OutboundMessage,
    step: StartStep,
    patience: AbortSignal,
    turn: Turn,
  ): Promise<SendOutcome | undefined> {
    const line = lineOf(step.provider.kind, start.sender);
    for (let attempt = 0; ; attempt += 1) {
      const isInPlace = await this.enterUnbarred(line, step, patience);
      // Hours may have passed, and who cancels a run need not be this process.
      if (isInPlace && isTerminal((await this.ledger.getRun(start.runId)).status)) return;
      step.deadline = this.clock.now() + this.config.runs.startDeadlineMs;
      const isLast = isAborted(patience);
      const outcome = await this.once(start, step);
      if (!isAdmissionRefused(outcome.ack)) {
        if (outcome.kind === 'unanswered' && !step.signal.aborted) turn.letGo();
        return outcome;
      }
      if (isLast || !turn.isInLine()) return outcome;
      step.place.leave();
      await this.clock.sleep(retryDelayMs(attempt, Math.random()), patience);
    }
  }

  /** In the step's place, with no barrier up: a kickoff that leaves the place to us may have raised one just before. */
  private async enterUnbarred(line: string, { place, signal }: StartStep, patience: AbortSignal): Promise<boolean> {
    const isBarred = (): boolean => this.barriers.has(line) && !patience.aborted;
    for (;;) {
      while (isBarred()) await this.clock.sleep(LOOK_MS, patience);
      if (!(await place.enter(signal))) return false;
      if (!isBarred()) return true;
      place.leave();
    }
  }

  private async once(start: OutboundMessage, step: StartStep): Promise<SendOutcome> {
    const { provider, signal } = step;
    try {
      await untilLasting(() => provider.initialize(signal), { ...step, clock: this.clock });
    } catch (error) {
      return this.sender.failed(start, error, signal);
    }
    const outcome = await this.sender.send(start, provider, step.deadline, signal);
    step.left.session ||= outcome.reached;
    return outcome;
  }
}

function lineOf(runtimeKind: string, sender: string): string {
  return `${runtimeKind} ${sender}`;
}
