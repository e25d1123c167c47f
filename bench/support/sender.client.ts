import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, Metadata, credentials } from '@grpc/grpc-js';
import { SendRequestSchema, SendResponseSchema } from '../../src/gen/macp/v1/core_pb.js';
import { SENDER, evaluation } from './envelopes.js';

const SEND_PATH = '/macp.v1.MACPRuntimeService/Send';
/** Sends in flight at once while a session is filled. */
const IN_FLIGHT_MAX = 64;
const SEND_MS_MAX = 30_000;

export interface Accepted {
  readonly messageId: string;
  /** By the clock of the runtime, whole milliseconds of the epoch. */
  readonly acceptedAtMs: number;
}

/** An agent at the runtime, under its own identity and on its own connection. */
export class Sender {
  private readonly client: Client;
  private readonly metadata = new Metadata();
  private sent = 0;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure());
    this.metadata.set('authorization', `Bearer ${SENDER}`);
  }

  /** Sends one Evaluation; rejects unless the runtime accepts it. */
  send(sessionId: string): Promise<Accepted> {
    this.sent += 1;
    const envelope = evaluation(sessionId, this.sent, Date.now());
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        SEND_PATH,
        (request: Uint8Array) => Buffer.from(request),
        (bytes: Buffer) => fromBinary(SendResponseSchema, bytes),
        toBinary(SendRequestSchema, create(SendRequestSchema, { envelope })),
        this.metadata,
        { deadline: Date.now() + SEND_MS_MAX },
        (error, response) => {
          const ack = response?.ack;
          if (error) reject(error);
          else if (ack?.ok) resolve({ messageId: envelope.messageId, acceptedAtMs: Number(ack.acceptedAtUnixMs) });
          else reject(new Error(`refused: ${ack?.error?.code ?? 'no answer'}`));
        },
      );
    });
  }

  /** Fills each session with so many envelopes, going round; resolves when all are accepted. */
  async fill(sessionIds: readonly string[], perSession: number, signal: AbortSignal): Promise<void> {
    const total = sessionIds.length * perSession;
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < total; index = next++) {
        signal.throwIfAborted();
        await this.send(sessionIds[index % sessionIds.length] ?? '');
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, worker));
  }

  close(): void {
    this.client.close();
  }
}
