import { AgentClient } from '../../src/agents/agent.client.js';
import type { Envelope } from '../../src/gen/macp/v1/envelope_pb.js';

/** The session's accepted envelopes as the runtime itself delivers them from the first to the Commitment. */
export async function acceptedBy(
  runtimeAddress: string,
  token: string,
  sessionId: string,
  withinMs = 10_000,
): Promise<readonly Envelope[]> {
  const client = new AgentClient({ runtimeAddress, token });
  const envelopes: Envelope[] = [];
  try {
    for await (const envelope of client.subscribe(sessionId, AbortSignal.timeout(withinMs))) {
      envelopes.push(envelope);
      if (envelope.messageType === 'Commitment') return envelopes;
    }
    throw new Error(`session ${sessionId}: ${envelopes.length} envelopes and no Commitment within ${withinMs} ms`);
  } finally {
    client.close();
  }
}
