import { create, fromJson, toBinary } from '@bufbuild/protobuf';
import type { JsonValue } from '@bufbuild/protobuf';
import type { ExecutionRequest, KickoffMessage } from '../contracts/execution-request.js';
import { SessionStartPayloadSchema } from '../gen/macp/v1/core_pb.js';
import { EnvelopeSchema } from '../gen/macp/v1/envelope_pb.js';
import { AgentClient, AgentError } from './agent.client.js';
import { MODE_NAMES } from './modes.js';
import type { ExampleMode } from './modes.js';
import { payloadType } from './wire.js';

export interface OpenOptions {
  /** `host:port`, plaintext. */
  readonly runtimeAddress: string;
  readonly sessionId: string;
  readonly mode: ExampleMode;
  /** An example request of this mode; what it asks of the session is sent by the initiator itself. */
  readonly request: ExecutionRequest;
  readonly tokenFor: (participantId: string) => string;
  readonly signal: AbortSignal;
}

interface Opening {
  readonly messageId: string;
  readonly messageType: string;
  readonly sender: string;
  readonly payload: Uint8Array;
}

/**
 * Opens a session without a control plane: its initiator sends the SessionStart and the kickoff messages. A control plane
 * that observes the runtime discovers such a session. Throws AgentError when one of the messages is refused.
 */
export async function openSession(options: OpenOptions): Promise<void> {
  const { runtimeAddress, sessionId, mode, request, tokenFor, signal } = options;
  const openings = [sessionStart(request), ...request.kickoff.map((message, index) => kickoff(mode, message, index))];
  for (const opening of openings) {
    const client = new AgentClient({ runtimeAddress, token: tokenFor(opening.sender) });
    try {
      const timestampUnixMs = BigInt(Date.now());
      const ack = await client.send(
        create(EnvelopeSchema, { ...opening, macpVersion: '1.0', mode: MODE_NAMES[mode], sessionId, timestampUnixMs }),
        signal,
      );
      if (!ack.ok) throw new AgentError(ack.error?.code ?? 'UNKNOWN', `the runtime refused ${opening.messageType}`);
    } finally {
      client.close();
    }
  }
}

function sessionStart({ session }: ExecutionRequest): Opening {
  const payload = create(SessionStartPayloadSchema, {
    intent: session.intent ?? '',
    participants: session.participants.map(({ id }) => id),
    modeVersion: session.modeVersion,
    configurationVersion: session.configurationVersion,
    policyVersion: session.policyVersion ?? '',
    ttlMs: BigInt(session.ttlMs),
    contextId: session.contextId ?? '',
  });
  return {
    messageId: 'start',
    messageType: 'SessionStart',
    sender: session.initiatorParticipantId ?? session.participants[0]?.id ?? '',
    payload: toBinary(SessionStartPayloadSchema, payload),
  };
}

function kickoff(mode: ExampleMode, message: KickoffMessage, index: number): Opening {
  const { messageType, from, payloadEnvelope } = message;
  const type = payloadType(mode, messageType);
  if (!type) throw new AgentError('INVALID_PAYLOAD', `${messageType} is no message of ${mode} mode`);
  const json = payloadEnvelope?.encoding === 'proto' ? payloadEnvelope.proto.value : (message.payload ?? {});
  // JsonObject allows undefined and readonly arrays, which protobuf's JsonValue does not name; its text form is both.
  const value = JSON.parse(JSON.stringify(json)) as JsonValue;
  return {
    messageId: `kickoff-${index + 1}`,
    messageType,
    sender: from,
    payload: toBinary(type, fromJson(type, value)),
  };
}
