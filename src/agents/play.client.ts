import { create } from '@bufbuild/protobuf';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvelopeSchema, SessionState } from '../gen/macp/v1/envelope_pb.js';
import type { Ack, Envelope } from '../gen/macp/v1/envelope_pb.js';
import { AgentClient, AgentError } from './agent.client.js';
import { MODE_NAMES } from './modes.js';
import type { ExampleMode } from './modes.js';
import { scriptFor } from './scripts.js';
import type { AgentMessage, AgentScript, SeenMessage } from './seen.js';
import { readBody } from './wire.js';

/** How long agents wait for a session that does not exist yet, and for a runtime that cannot be reached. */
const SESSION_WAIT_MS_MAX = 30_000;
const RETRY_DELAY_MS = 100;
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
  /** Pause before each message, for whoever watches; 0 by default. */
  readonly paceMs?: number;
  /** The mode's scripted agents by default. */
  readonly agents?: readonly AgentScript[];
}

/**
 * Lets the agents of a mode take part in a session, each over a connection of its own. Resolves when the session is over
 * (whoever ended it) or `signal` aborts. Rejects with AgentError when an agent is refused, or the session does not
 * appear, or the runtime stays away longer than SESSION_WAIT_MS_MAX.
 */
export async function playAgents(options: PlayOptions): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const agents = (options.agents ?? scriptFor(options.mode)).map((script) => new Agent(script, options, signal));
  const watch = endOfSession(agents[0], signal).then(() => over.abort());
  try {
    await Promise.all(agents.map((agent) => agent.play()));
  } finally {
    over.abort();
    await watch;
    for (const agent of agents) agent.close();
  }
}

/** A scripted agent at work: what it has seen, what it has said, and its connection. */
class Agent {
  private readonly client: AgentClient;
  private readonly said = new Set<string>();
  private seen: SeenMessage[] = [];

  constructor(
    private readonly script: AgentScript,
    private readonly options: PlayOptions,
    private readonly signal: AbortSignal,
  ) {
    const { runtimeAddress, tokenFor } = options;
    this.client = new AgentClient({ runtimeAddress, token: tokenFor(script.id) });
  }

  /** Ends with the session's Commitment or with the signal; takes the stream up again from the start when it breaks. */
  async play(): Promise<void> {
    let patienceEndsAt = Date.now() + SESSION_WAIT_MS_MAX;
    while (!this.signal.aborted) {
      try {
        this.seen = [];
        for await (const envelope of this.client.subscribe(this.options.sessionId, this.signal)) {
          patienceEndsAt = Date.now() + SESSION_WAIT_MS_MAX;
          if (envelope.messageType === 'Commitment') return;
          await this.react(envelope);
        }
      } catch (error) {
        if (this.stopped() || (await this.isTooLate(error))) return;
        if (!mayPass(error) || Date.now() > patienceEndsAt) throw error;
      }
      await pause(RETRY_DELAY_MS, this.signal);
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

  private async react(envelope: Envelope): Promise<void> {
    const { sender, messageType, payload } = envelope;
    this.seen.push({ sender, messageType, body: readBody(this.options.mode, messageType, payload) });
    const { id, decide } = this.script;
    for (const message of decide({ self: id, sessionId: this.options.sessionId, messages: this.seen })) {
      if (this.said.has(message.key)) continue;
      await pause(this.options.paceMs ?? 0, this.signal);
      if (!(await this.say(message))) return;
      this.said.add(message.key);
    }
  }

  /** False when the session takes no messages any more, or we were told to stop. */
  private async say(message: AgentMessage): Promise<boolean> {
    const envelope = this.envelopeOf(message);
    const patienceEndsAt = Date.now() + SESSION_WAIT_MS_MAX;
    while (!this.signal.aborted) {
      const refusal = await this.attempt(envelope);
      if (refusal === undefined) return true;
      if (refusal.code === 'SESSION_NOT_OPEN') {
        if ((await this.state(this.signal)) !== SessionState.SUSPENDED) return false;
      } else if (!mayPass(refusal) || Date.now() > patienceEndsAt) {
        throw refusal;
      }
      await pause(RETRY_DELAY_MS, this.signal);
    }
    return false;
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
