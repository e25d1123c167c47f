// Agents that open a MACP session and play it among themselves, with nothing but gRPC and the protocol's messages.
//
//     npm run agents -- --runtime 127.0.0.1:50051
//
// Three agents decide whether to deploy. Each has a connection and an identity of its own, knows what it reads off the
// session's stream, and says what follows from that. No control plane takes part: one that observes the runtime finds the
// session by itself, or is told to expect it by POST /runs with session.orchestration "observe" and this session id.
// Prints one JSON line per accepted message, in the order of acceptance, as the initiator saw them.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { Client, Metadata, credentials, status } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  EvaluationPayloadSchema,
  ProposalPayloadSchema,
  VotePayloadSchema,
} from '../../src/gen/macp/modes/decision/v1/decision_pb.js';
import {
  CommitmentPayloadSchema,
  SendRequestSchema,
  SendResponseSchema,
  SessionStartPayloadSchema,
  StreamSessionRequestSchema,
  StreamSessionResponseSchema,
} from '../../src/gen/macp/v1/core_pb.js';
import { EnvelopeSchema, type Envelope } from '../../src/gen/macp/v1/envelope_pb.js';

const MODE = 'macp.mode.decision.v1';
const SERVICE = '/macp.v1.MACPRuntimeService';
const LEAD = 'agent://lead';
const REVIEWERS = ['agent://alice', 'agent://bob'];
/** What SessionStart says, and the Commitment has to repeat. */
const VERSIONS = { modeVersion: '1.0.0', configurationVersion: 'config.default', policyVersion: 'policy.default' };

const SESSION_TTL_MS = 60_000n;
const CALL_DEADLINE_MS = 10_000;
/** The whole play. */
const PLAY_MS_MAX = 60_000;
/** How long to wait before looking again for a session that is not open yet. */
const RETRY_MS = 100;

/** A message to say; `key` names it within its agent, so that it is said once. */
interface Saying {
  readonly key: string;
  readonly messageType: string;
  readonly payload: Uint8Array;
}

/** All that an agent has to say, given what it has read; what it said before may be in it again. */
type Decide = (heard: readonly Envelope[]) => readonly Saying[];

function say<D extends DescMessage>(key: string, messageType: string, type: D, body: MessageInitShape<D>): Saying {
  return { key, messageType, payload: toBinary(type, create(type, body)) };
}

function sendersOf(heard: readonly Envelope[], messageType: string): ReadonlySet<string> {
  return new Set(heard.filter((envelope) => envelope.messageType === messageType).map(({ sender }) => sender));
}

const lead: Decide = (heard) => {
  const proposal = say('proposal', 'Proposal', ProposalPayloadSchema, {
    proposalId: 'p1',
    option: 'deploy v2.1',
    rationale: 'the canary is green',
  });
  const voters = sendersOf(heard, 'Vote');
  if (!REVIEWERS.every((id) => voters.has(id))) return [proposal];
  const votes = heard
    .filter(({ messageType }) => messageType === 'Vote')
    .map(({ payload }) => fromBinary(VotePayloadSchema, payload).vote);
  const positive = votes.filter((vote) => vote === 'APPROVE').length > votes.length / 2;
  const commitment = say('commitment', 'Commitment', CommitmentPayloadSchema, {
    commitmentId: 'c1',
    action: positive ? 'decision.selected' : 'decision.rejected',
    authorityScope: 'deployment',
    reason: `p1: ${votes.join(', ')}`,
    outcomePositive: positive,
    ...VERSIONS,
  });
  return [proposal, commitment];
};

const reviewer: Decide = (heard) => {
  if (sendersOf(heard, 'Proposal').size === 0) return [];
  const evaluation = say('evaluation', 'Evaluation', EvaluationPayloadSchema, {
    proposalId: 'p1',
    recommendation: 'APPROVE',
    confidence: 0.9,
    reason: 'low risk',
  });
  // The first vote closes evaluations, so everybody waits until all have evaluated.
  const evaluators = sendersOf(heard, 'Evaluation');
  if (!REVIEWERS.every((id) => evaluators.has(id))) return [evaluation];
  return [evaluation, say('vote', 'Vote', VotePayloadSchema, { proposalId: 'p1', vote: 'APPROVE', reason: 'agreed' })];
};

/** One agent: its connection, and what it has read and said. */
class Agent {
  readonly heard: Envelope[] = [];
  private readonly said = new Set<string>();
  private readonly client: Client;
  private readonly metadata = new Metadata();

  constructor(
    private readonly id: string,
    private readonly decide: Decide,
    private readonly sessionId: string,
    connection: { readonly runtime: string; readonly token: string },
  ) {
    this.client = new Client(connection.runtime, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    this.metadata.set('authorization', `Bearer ${connection.token}`);
  }

  /** Only the initiator does this; the session is open when it returns. */
  open(): Promise<void> {
    const participants = [LEAD, ...REVIEWERS];
    const start = { intent: 'Shall v2.1 go to production?', participants, ttlMs: SESSION_TTL_MS, ...VERSIONS };
    return this.send(say('start', 'SessionStart', SessionStartPayloadSchema, start));
  }

  /** Takes part until the Commitment. */
  async play(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        for await (const envelope of this.subscribe(signal)) {
          this.heard.push(envelope);
          if (envelope.messageType === 'Commitment') return;
          for (const saying of this.decide(this.heard)) await this.sayOnce(saying);
        }
        throw new Error('the stream ended before the session');
      } catch (error) {
        // Whoever is faster than the initiator finds no session yet.
        if (!isNotFound(error) || this.heard.length > 0) throw error;
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  }

  close(): void {
    this.client.close();
  }

  private async sayOnce(saying: Saying): Promise<void> {
    if (this.said.has(saying.key)) return;
    this.said.add(saying.key);
    await this.send(saying);
  }

  /** Throws when the runtime refuses the message: a refusal is an answer, not a gRPC error. */
  private async send({ key, messageType, payload }: Saying): Promise<void> {
    const envelope = create(EnvelopeSchema, {
      macpVersion: '1.0',
      mode: MODE,
      messageType,
      messageId: `${this.id}#${key}`,
      sessionId: this.sessionId,
      sender: this.id,
      timestampUnixMs: BigInt(Date.now()),
      payload,
    });
    const answer = await new Promise<Buffer>((resolve, reject) => {
      this.client.makeUnaryRequest(
        `${SERVICE}/Send`,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.from(toBinary(SendRequestSchema, create(SendRequestSchema, { envelope }))),
        this.metadata,
        { deadline: Date.now() + CALL_DEADLINE_MS },
        (error, bytes) => (bytes === undefined ? reject(error ?? new Error('no answer')) : resolve(bytes)),
      );
    });
    const { ack } = fromBinary(SendResponseSchema, answer);
    if (ack?.ok !== true)
      throw new Error(`the runtime refused ${messageType} of ${this.id}: ${ack?.error?.code ?? ''}`);
  }

  /** The session's messages from the first one on, then live ones. */
  private async *subscribe(signal: AbortSignal): AsyncGenerator<Envelope> {
    const stream = this.client.makeBidiStreamRequest(
      `${SERVICE}/StreamSession`,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      this.metadata,
    );
    const cancel = () => stream.cancel();
    // Cancelling is told as an error once more, when nobody reads the stream any longer.
    stream.on('error', () => undefined);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const subscription = create(StreamSessionRequestSchema, { subscribeSessionId: this.sessionId });
      stream.write(Buffer.from(toBinary(StreamSessionRequestSchema, subscription)));
      for await (const bytes of stream as AsyncIterable<Buffer>) {
        const { response } = fromBinary(StreamSessionResponseSchema, bytes);
        if (response.case === 'envelope') yield response.value;
        if (response.case === 'error') throw new Error(`the runtime refused the subscription: ${response.value.code}`);
      }
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === status.NOT_FOUND;
}

const USAGE = `npm run agents -- [--runtime HOST:PORT] [--session ID] [--tokens FILE]

  --runtime  a MACP runtime over plaintext; 127.0.0.1:50051 unless given
  --session  id of the session to open, a UUID v4 or v7; a new one unless given
  --tokens   JSON file {"participant": "token"}; without it the name is the token, which a runtime in development mode takes
`;

function options() {
  return parseArgs({
    options: {
      runtime: { type: 'string', default: '127.0.0.1:50051' },
      session: { type: 'string', default: randomUUID() },
      tokens: { type: 'string' },
      help: { type: 'boolean' },
    },
  }).values;
}

async function main(values: ReturnType<typeof options>): Promise<void> {
  const { runtime, session, tokens: file } = values;
  const tokens = file === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
  const cast: readonly (readonly [string, Decide])[] = [
    [LEAD, lead],
    ...REVIEWERS.map((id) => [id, reviewer] as const),
  ];
  const agents = cast.map(([id, decide]) => new Agent(id, decide, session, { runtime, token: tokens[id] ?? id }));
  const signal = AbortSignal.timeout(PLAY_MS_MAX);
  try {
    const plays = agents.map((agent) => agent.play(signal));
    await Promise.all([agents[0]?.open(), ...plays]);
  } finally {
    for (const agent of agents) agent.close();
  }
  for (const { messageId, messageType, sender } of agents[0]?.heard ?? []) {
    process.stdout.write(`${JSON.stringify({ sessionId: session, messageId, messageType, sender })}\n`);
  }
}

try {
  const values = options();
  if (values.help) process.stdout.write(USAGE);
  else await main(values);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 1;
}
