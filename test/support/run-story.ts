import type { CanonicalEvent, EventType } from '../../src/contracts/events.js';
import type { Projection, RunStateView } from '../../src/contracts/projection.js';
import { initialProjection, reduce } from '../../src/projection/reduce.js';

/** A time of the stories: `seconds` after their beginning. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
}

export interface StoryEvent {
  readonly subject?: { readonly kind: string; readonly id: string };
  readonly ts?: string;
  readonly trace?: { readonly traceId: string; readonly spanId?: string };
}

type Fields = Readonly<Record<string, unknown>>;

/** Writes the log of a run as the normaliser would: one call per thing that happens, one second apart. */
export class RunStory {
  readonly events: CanonicalEvent[] = [];
  readonly runId = '0195d0a0-0000-7000-8000-000000000001';
  readonly sessionId = '6f2c1b9e-3c1d-4a57-9d5e-0c5a4f0c9b11';

  constructor(
    readonly modeName: string,
    readonly participants: readonly string[],
    readonly initiator: string,
  ) {}

  add(type: EventType | (string & {}), data: unknown, { subject, ts, trace }: StoryEvent = {}): this {
    const seq = this.events.length + 1;
    const event = {
      id: `event-${seq}`,
      runId: this.runId,
      seq,
      ts: ts ?? at(seq),
      type,
      schemaVersion: 3,
      subject: subject ?? { kind: 'run', id: this.runId },
      source: { kind: 'runtime', name: 'rust-runtime', position: seq, ordinal: null },
      trace,
      data,
    };
    // Through JSON, like a row of the log.
    this.events.push(JSON.parse(JSON.stringify(event)) as CanonicalEvent);
    return this;
  }

  /** created, started, bound, everybody seen, running; with `governance` also policy.resolved. */
  begin(governance?: Fields, created: Fields = {}): this {
    this.add('run.created', {
      status: 'queued',
      modeName: this.modeName,
      runtimeKind: 'rust',
      sessionId: this.sessionId,
      origin: 'request',
      executionMode: 'observer',
      ...created,
    });
    this.add('run.started', { status: 'starting', startedAt: at(2), modeName: this.modeName, runtimeKind: 'rust' });
    this.add('session.bound', {
      runStatus: 'binding_session',
      sessionId: this.sessionId,
      initiator: this.initiator,
      state: 'SESSION_STATE_OPEN',
      modeName: this.modeName,
      modeVersion: '1.0.0',
      configurationVersion: 'config-1',
      policyVersion: 'policy.default',
      participants: this.participants.map((participantId) => ({ participantId })),
      extensionKeys: [],
      startedAt: at(3),
      expiresAt: at(3_600),
    });
    for (const participantId of this.participants) {
      this.add(
        'participant.seen',
        { participantId, status: 'idle', declared: true },
        { subject: { kind: 'participant', id: participantId } },
      );
    }
    if (governance !== undefined) this.resolve(governance);
    return this.state('SESSION_STATE_OPEN', { runStatus: 'running' });
  }

  resolve(governance: Fields): this {
    return this.add(
      'policy.resolved',
      {
        policyVersion: 'policy.test',
        policyDescription: 'for tests',
        mode: '*',
        schemaVersion: 1,
        rules: {},
        governance: { authority: 'initiator_only', designatedRoles: [], ...governance },
      },
      { subject: { kind: 'policy', id: 'policy.test' } },
    );
  }

  state(state: string, fields: Fields = {}): this {
    return this.add(
      'session.state.changed',
      { sessionId: this.sessionId, state, previousState: null, via: 'watch', ...fields },
      { subject: { kind: 'session', id: this.sessionId } },
    );
  }

  /** The header every event from an envelope carries. */
  header(messageType: string, sender: string, fields: Fields = {}): Fields {
    return {
      modeName: this.modeName,
      messageType,
      messageId: `message-${this.events.length + 1}`,
      sessionId: this.sessionId,
      sender,
      participantId: sender,
      from: sender,
      to: [],
      ambient: false,
      payload: {},
      payloadEncoding: 'proto',
      ...fields,
    };
  }

  message(messageType: string, sender: string, fields: Fields = {}): this {
    const data = this.header(messageType, sender, fields);
    return this.add('message.received', data, { subject: { kind: 'message', id: String(data['messageId']) } });
  }

  /** A message that makes a proposal, and its proposal.created. */
  propose(messageType: string, sender: string, proposalId: string, action: string, fields: Fields = {}): this {
    const flat = { proposalId, action, reasons: [], ...fields };
    return this.message(messageType, sender, flat).add('proposal.created', this.header(messageType, sender, flat), {
      subject: { kind: 'proposal', id: proposalId },
    });
  }

  /** A message about a proposal, and its proposal.updated. */
  answer(messageType: string, sender: string, proposalId: string, fields: Fields = {}): this {
    const flat = { proposalId, action: messageType.toUpperCase(), reasons: [], ...fields };
    return this.message(messageType, sender, flat).add('proposal.updated', this.header(messageType, sender, flat), {
      subject: { kind: 'proposal', id: proposalId },
    });
  }

  vote(sender: string, proposalId: string, vote: string): this {
    return this.answer('Vote', sender, proposalId, { action: vote, vote, voterId: sender });
  }

  evaluate(sender: string, proposalId: string, recommendation: string, confidence: number): this {
    return this.answer('Evaluation', sender, proposalId, { action: recommendation, recommendation, confidence });
  }

  /** The Commitment and the session's and run's end that follow from it. */
  commit(action: string, outcomePositive: boolean | null, fields: Fields = {}): this {
    this.finalize(action, outcomePositive, fields);
    this.state('SESSION_STATE_RESOLVED', { via: 'commitment' });
    return this.end('run.completed', { outcomePositive, action });
  }

  finalize(action: string, outcomePositive: boolean | null, fields: Fields = {}): this {
    const commitment = {
      commitmentId: 'commitment-1',
      action,
      authorityScope: 'test',
      reason: 'because',
      reasons: ['because'],
      outcomePositive,
      modeVersion: '1.0.0',
      policyVersion: 'policy.default',
      configurationVersion: 'config-1',
      ...fields,
    };
    return this.message('Commitment', this.initiator, commitment).add(
      'decision.finalized',
      this.header('Commitment', this.initiator, commitment),
      { subject: { kind: 'decision', id: 'commitment-1' } },
    );
  }

  signal(name: string, sender: string, fields: Fields = {}, id = `signal-${this.events.length + 1}`): this {
    const data = this.header('Signal', sender, { ambient: true, name, signalType: name, member: true, ...fields });
    return this.add('signal.emitted', data, { subject: { kind: 'signal', id } });
  }

  progress(sender: string, percentage: number | null, message: string, fields: Fields = {}): this {
    return this.add(
      'progress.reported',
      this.header('Progress', sender, { ambient: true, percentage, message, member: true, ...fields }),
    );
  }

  call(sender: string, fields: Fields): this {
    return this.add(
      'llm.call.completed',
      this.header('Signal', sender, { promptTokens: 0, completionTokens: 0, totalTokens: 0, ...fields }),
      { subject: { kind: 'participant', id: sender } },
    );
  }

  end(type: 'run.completed' | 'run.failed' | 'run.cancelled', fields: Fields = {}): this {
    const status = type.slice('run.'.length);
    const endedAt = at(this.events.length + 1);
    return this.add(type, { status, endedAt, runtimeSessionId: this.sessionId, ...fields });
  }

  /** The state after everything so far. */
  projection(): Projection {
    return this.events.reduce(reduce, initialProjection(this.runId));
  }

  view(): RunStateView {
    return this.projection().view;
  }
}
