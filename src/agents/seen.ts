import { create, isMessage, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, Message, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { CommitmentPayloadSchema, SessionStartPayloadSchema, SignalPayloadSchema } from '../gen/macp/v1/core_pb.js';

/** An accepted message as an agent reads it off the stream. `body` is undefined when the type is not known to us. */
export interface SeenMessage {
  readonly sender: string;
  readonly messageType: string;
  readonly body: Message | undefined;
}

/** Everything an agent knows: who it is, and the session's accepted messages in acceptance order. */
export interface Seen {
  readonly self: string;
  readonly sessionId: string;
  readonly messages: readonly SeenMessage[];
}

/**
 * Something an agent wants to say. `key` names it within this agent: whoever decides again after new messages names the
 * same thing by the same key, and it is said once.
 */
export interface AgentMessage {
  readonly key: string;
  readonly messageType: string;
  readonly payload: Uint8Array;
}

/** All that an agent has to say, given what it has seen; what it has said before may be in it again. */
export type Decide = (seen: Seen) => readonly AgentMessage[];

export interface AgentScript {
  /** Participant id; also the sender of its messages. */
  readonly id: string;
  readonly role: string;
  readonly decide: Decide;
}

interface Said<Desc extends DescMessage> {
  readonly sender: string;
  readonly body: MessageShape<Desc>;
}

/** The accepted messages of one payload type, in acceptance order. */
export function heard<Desc extends DescMessage>(seen: Seen, type: Desc): readonly Said<Desc>[] {
  return seen.messages.flatMap(({ sender, body }) => (body && isMessage(body, type) ? [{ sender, body }] : []));
}

/** Encodes what an agent says. */
export function say<Desc extends DescMessage>(
  key: string,
  messageType: string,
  type: Desc,
  body: MessageInitShape<Desc>,
): AgentMessage {
  return { key, messageType, payload: toBinary(type, create(type, body)) };
}

/** The session as its first message declares it; undefined until that message was seen. */
export function sessionOf(seen: Seen): { initiator: string; participants: readonly string[] } | undefined {
  const start = heard(seen, SessionStartPayloadSchema)[0];
  return start && { initiator: start.sender, participants: start.body.participants };
}

/** The declared participants without the initiator. */
export function others(seen: Seen): readonly string[] {
  const session = sessionOf(seen);
  return session ? session.participants.filter((id) => id !== session.initiator) : [];
}

/** The ambient message by which an agent makes itself known to whoever observes the session. */
export function introduce(seen: Seen, role: string): AgentMessage {
  const card = { role, framework: 'scripted', agentRef: `${seen.self}@demo` };
  return say('introduce', 'Signal', SignalPayloadSchema, {
    signalType: 'session.started',
    data: new TextEncoder().encode(JSON.stringify(card)),
    correlationSessionId: seen.sessionId,
  });
}

/** The ambient message of an agent whose message was refused for good. */
export function giveUp(sessionId: string, code: string, reason: string): AgentMessage {
  return say('give-up', 'Signal', SignalPayloadSchema, {
    signalType: 'agent.failed',
    data: new TextEncoder().encode(JSON.stringify({ severity: 'high', code, reason })),
    correlationSessionId: sessionId,
  });
}

export interface Outcome {
  readonly action: string;
  readonly positive: boolean;
  readonly scope: string;
  readonly reason: string;
}

/** The message that ends a session. Its versions repeat those of the SessionStart, as the protocol demands. */
export function commit(seen: Seen, outcome: Outcome): AgentMessage[] {
  const start = heard(seen, SessionStartPayloadSchema)[0];
  if (!start) return [];
  const { modeVersion, policyVersion, configurationVersion } = start.body;
  return [
    say('commit', 'Commitment', CommitmentPayloadSchema, {
      commitmentId: `commitment-${seen.sessionId}`,
      action: outcome.action,
      authorityScope: outcome.scope,
      reason: outcome.reason,
      outcomePositive: outcome.positive,
      modeVersion,
      policyVersion,
      configurationVersion,
    }),
  ];
}
