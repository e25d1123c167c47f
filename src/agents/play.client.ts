import { create } from '@bufbuild/protobuf';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvelopeSchema, SessionState } from '../gen/macp/v1/envelope_pb.js';
import type { Ack, Envelope } from '../gen/macp/v1/envelope_pb.js';
import { AgentClient, AgentError } from './agent.client.js';
import { MODE_NAMES } from './modes.js';
import type { ExampleMode } from './modes.js';
import { scriptFor } from './scripts.js';
import { giveUp } from './seen.js';
import type { AgentMessage, AgentScript, SeenMessage } from './seen.js';
import { readBody } from './wire.js';

/** How long agents wait for a session that does not exist yet, and for a runtime that cannot be reached. */
const SESSION_WAIT_MS_MAX = 30_000;
const RETRY_DELAY_MS = 100;
/** How often a message is offered again to a session that somebody has suspended, for as long as it takes. */
const SUSPENDED_RETRY_MS = 500;
/** How often the session's state is looked at: a cancelled or expired session says nothing on its stream. */
const STATE_CHECK_MS = 2_000;

export interface PlayOptions {
  /** `host:port`, plaintext. */
  readonly runtimeAddress: string;
  readonly sessionId: string;
  readonly mode: ExampleMode;
  /** The bearer token of an agent; a runtime in development mode takes the participant id itself. */
  readonly tokenFor: (participantId: string) => string;
  readonly signal: AbortSignal;
  /** Pause before each message, for whoever watches: one agent speaks after the other. 0, the default: all at once. */
  readonly paceMs?: number;
  /** The mode's scripted agents by default. */
  readonly agents?: readonly AgentScript[];
  /** Hears of an agent that cannot go on; the others play on without it. Absent: the whole play ends with its error. */
  readonly onAgentFailed?: (participantId: string, error: unknown) => void;
}

/**
 * Lets the agents of a mode take part in a session, each over a connection of its own. Resolves when the session is over
 * (whoever ended it) or `signal` aborts. An agent fails with AgentError when it is refused, or the session does not
 * appear, or the runtime stays away longer than SESSION_WAIT_MS_MAX.
 */
export async function playAgents(options: PlayOptions): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const turns = new Turns(options.paceMs ?? 0);
  const scripts = options.agents ?? scriptFor(options.mode);
  const agents = scripts.map((script) => new Agent(script, options, turns, signal));
  const watch = endOfSession(agents[0], signal).then(() => over.abort());
  try {
    await Promise.all(agents.map((agent) => played(agent, options.onAgentFailed)));
  } finally {
    over.abort();
    await watch;
    for (const agent of agents) agent.close();
  }
}

async function played(agent: Agent, onFailed: PlayOptions['onAgentFailed']): Promise<void> {
  try {
    await agent.play();
  } catch (error) {
    if (!onFailed) throw error;
    onFailed(agent.id, error);
  }
}

/** The pauses of a play, one after the other. */
class Turns {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly paceMs: number) {}

  next(signal: AbortSignal): Promise<void> {
    if (this.paceMs === 0) return Promise.resolve();
    this.last = this.last.then(() => pause(this.paceMs, signal));
    return this.last;
  }
}

/** A scripted agent at work: what it has seen, what it has said, and its connection. */
class Agent {
  private readonly client: AgentClient;
  private readonly said = new Set<string>();
  private readonly leaving = new AbortController();
  private readonly signal: AbortSignal;
  private seen: SeenMessage[] = [];
  private wake = (): void => undefined;

  constructor(
    private readonly script: AgentScript,
    private readonly options: PlayOptions,
    private readonly turns: Turns,
    over: AbortSignal,
  ) {
    const { runtimeAddress, tokenFor } = options;
    this.client = new AgentClient({ runtimeAddress, token: tokenFor(script.id) });
    this.signal = AbortSignal.any([over, this.leaving.signal]);
    this.signal.addEventListener('abort', () => this.wake(), { once: true });
  }

  get id(): string {
    return this.script.id;
  }

  /** Ends with the session's Commitment or with the signal. */
  async play(): Promise<void> {
    const leave = () => this.leaving.abort();
    const parts = [this.listen().finally(leave), this.speak().finally(leave)];
    for (const part of await Promise.allSettled(parts)) {
      if (part.status === 'rejected') throw part.reason;
    }
  }

  state(signal: AbortSignal): Promise<SessionState> {
    return this.client.sessionState(this.options.sessionId, signal);
  }

  close(): void {
    this.client.close();
  }

  private stopped(): boolean {
    return this.signal.aborted;
  }

  /** A stream that broke is taken up again after the end: the runtime may have thrown the history away by then. */
  private async isTooLate(error: unknown): Promise<boolean> {
    return error instanceof AgentError && error.code === 'FAILED_PRECONDITION' && (await isOver(this, this.signal));
  }

  /** Takes the stream up again from the start when it breaks. */
  private async listen(): Promise<void> {
    let patienceEndsAt = Date.now() + SESSION_WAIT_MS_MAX;
    while (!this.signal.aborted) {
      try {
        this.seen = [];
        for await (const envelope of this.client.subscribe(this.options.sessionId, this.signal)) {
          if (envelope.messageType === 'Commitment') return;
          this.hear(envelope);
        }
        patienceEndsAt = Date.now() + SESSION_WAIT_MS_MAX;
      } catch (error) {
        // Silence may have been long; what counts is how long the stream is down.
        if (this.seen.length > 0) patienceEndsAt = Date.now() + SESSION_WAIT_MS_MAX;
        if (this.stopped() || (await this.isTooLate(error))) return;
        if (!mayPass(error) || Date.now() > patienceEndsAt) throw error;
      }
      await pause(RETRY_DELAY_MS, this.signal);
    }
  }

  private hear({ sender, messageType, messageId, payload }: Envelope): void {
    this.seen.push({ sender, messageType, body: readBody(this.options.mode, messageType, payload) });
    // What an earlier process of ours said in our name is said.
    const own = `${this.id}#`;
    if (sender === this.id && messageId.startsWith(own)) this.said.add(messageId.slice(own.length));
    this.wake();
  }

  /** Says one thing after the other, each decided with all that was heard by then. */
  private async speak(): Promise<void> {
    while (!this.signal.aborted) {
      if (this.unsaid() === undefined) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      await this.turns.next(this.signal);
      const message = this.unsaid();
      if (message === undefined) continue;
      if (!(await this.say(message))) return;
      this.said.add(message.key);
    }
  }

  private unsaid(): AgentMessage | undefined {
    const { seen, script } = this;
    if (seen.length === 0) return undefined;
    const messages = script.decide({ self: script.id, sessionId: this.options.sessionId, messages: seen });
    return messages.find(({ key }) => !this.said.has(key));
  }

  /** False when the session takes no messages any more, or we were told to stop. */
  private async say(message: AgentMessage): Promise<boolean> {
    const envelope = this.envelopeOf(message);
    let patienceEndsAt = Date.now() + SESSION_WAIT_MS_MAX;
    while (!this.signal.aborted) {
      let refusal = await this.attempt(envelope);
      if (refusal === undefined) return true;
      if (refusal.code === 'SESSION_NOT_OPEN') {
        const state = await this.stateOrRefusal();
        if (state === SessionState.SUSPENDED) {
          // However long it takes: what counts is how long the runtime is away.
          patienceEndsAt = Date.now() + SESSION_WAIT_MS_MAX;
          await pause(SUSPENDED_RETRY_MS, this.signal);
          continue;
        }
        if (!(state instanceof AgentError)) return false;
        refusal = state;
      }
      if (this.stopped()) return false;
      if (!mayPass(refusal) || Date.now() > patienceEndsAt) {
        await this.tellGivingUp(refusal);
        throw refusal;
      }
      await pause(RETRY_DELAY_MS, this.signal);
    }
    return false;
  }

  private async stateOrRefusal(): Promise<SessionState | AgentError> {
    try {
      return await this.state(this.signal);
    } catch (error) {
      if (error instanceof AgentError) return error;
      if (this.stopped()) return SessionState.UNSPECIFIED;
      throw error;
    }
  }

  /** Whoever observes the session shall know why nothing more comes; best effort. */
  private async tellGivingUp({ code, message }: AgentError): Promise<void> {
    await this.attempt(this.envelopeOf(giveUp(this.options.sessionId, code, message)));
  }

  /** One try. The message id stays the same, so that a repeated message counts once. */
  private async attempt(envelope: Envelope): Promise<AgentError | undefined> {
    try {
      return refusalIn(await this.client.send(envelope, this.signal), `${this.script.id} ${envelope.messageType}`);
    } catch (error) {
      if (error instanceof AgentError) return error;
      throw error;
    }
  }

  private envelopeOf({ key, messageType, payload }: AgentMessage): Envelope {
    // A Signal belongs to no session; which one it is about stands in its payload.
    const ambient = messageType === 'Signal';
    return create(EnvelopeSchema, {
      macpVersion: '1.0',
      mode: ambient ? '' : MODE_NAMES[this.options.mode],
      messageType,
      messageId: `${this.script.id}#${key}`,
      sessionId: ambient ? '' : this.options.sessionId,
      sender: this.script.id,
      timestampUnixMs: BigInt(Date.now()),
      payload,
    });
  }
}

/** Returns once the session is seen over, twice in a row so that a last message on the stream comes first. */
async function endOfSession(observer: Agent | undefined, signal: AbortSignal): Promise<void> {
  let sightings = 0;
  while (observer && sightings < 2 && !signal.aborted) {
    await pause(STATE_CHECK_MS, signal);
    sightings = (await isOver(observer, signal)) ? sightings + 1 : 0;
  }
}

const FINAL_STATES: readonly SessionState[] = [SessionState.RESOLVED, SessionState.EXPIRED, SessionState.CANCELLED];

async function isOver(observer: Agent, signal: AbortSignal): Promise<boolean> {
  try {
    return FINAL_STATES.includes(await observer.state(signal));
  } catch {
    // Not there yet, or out of reach: the agents themselves find out and say so.
    return false;
  }
}

function refusalIn(ack: Ack, what: string): AgentError | undefined {
  if (ack.ok) return undefined;
  const code = ack.error?.code ?? 'UNKNOWN';
  return new AgentError(code, `the runtime refused ${what}: ${code}`);
}

/** Failures that time may heal: the session is not there yet, or the runtime is away or busy. */
const PASSING_CODES: readonly string[] = [
  'NOT_FOUND',
  'SESSION_NOT_FOUND',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'RATE_LIMITED',
  'CANCELLED',
  'INTERNAL',
  'INTERNAL_ERROR',
];

function mayPass(error: unknown): boolean {
  return error instanceof AgentError && PASSING_CODES.includes(error.code);
}

/** Waits, at most until the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}
