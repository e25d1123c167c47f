import { create, toBinary } from '@bufbuild/protobuf';
import { credentials, Metadata, Client } from '@grpc/grpc-js';
import { EvaluationPayloadSchema } from '../src/gen/macp/modes/decision/v1/decision_pb.js';
import { SendRequestSchema, SendResponseSchema } from '../src/gen/macp/v1/core_pb.js';
import { fromBinary } from '@bufbuild/protobuf';

/** Sends in flight at once, over all sessions. */
const IN_FLIGHT_MAX = 64;
const SEND_PATH = '/macp.v1.MACPRuntimeService/Send';

export interface Load {
  readonly address: string;
  readonly sessionIds: readonly string[];
  readonly perSession: number;
  /** Size of the payload's free text, bytes. */
  readonly payloadBytes: number;
  readonly sender: string;
  readonly proposalId: string;
}

/** Fills decision sessions with Evaluations, as an agent under its own identity. Resolves when all are accepted. */
export async function fill(load: Load): Promise<void> {
  const client = new Client(load.address, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${load.sender}`);
  const reason = 'x'.repeat(load.payloadBytes);
  const total = load.sessionIds.length * load.perSession;
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < total; index = next++) {
      const sessionId = load.sessionIds[index % load.sessionIds.length] ?? '';
      await send(client, metadata, sessionId, `m-${index}`, load, reason);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, worker));
  client.close();
}

function send(
  client: Client,
  metadata: Metadata,
  sessionId: string,
  messageId: string,
  load: Load,
  reason: string,
): Promise<void> {
  const payload = toBinary(
    EvaluationPayloadSchema,
    create(EvaluationPayloadSchema, {
      proposalId: load.proposalId,
      recommendation: 'APPROVE',
      confidence: 0.9,
      reason,
    }),
  );
  const envelope = {
    macpVersion: '1.0',
    mode: 'macp.mode.decision.v1',
    messageType: 'Evaluation',
    messageId,
    sessionId,
    sender: load.sender,
    timestampUnixMs: BigInt(Date.now()),
    payload,
  };
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      SEND_PATH,
      (request: Uint8Array) => Buffer.from(request),
      (bytes: Buffer) => fromBinary(SendResponseSchema, bytes),
      toBinary(SendRequestSchema, create(SendRequestSchema, { envelope })),
      metadata,
      (error, response) => {
        if (error) reject(error);
        else if (response?.ack?.ok) resolve();
        else reject(new Error(`refused: ${response?.ack?.error?.code ?? 'no answer'}`));
      },
    );
  });
}
