/**
 * The embedded runtime in a process of its own, and a gate in front of its session streams: while that is closed, whatever is
 * accepted waits there, and the subscriptions stand. So a load is laid up first and then arrives as fast as it is taken, at
 * runs that are followed already and without a generator beside it.
 */
import { startEmbeddedRuntime } from '../../src/embedded-runtime/embedded-runtime.server.js';
import { MACPRuntimeService } from '../../src/gen/macp/v1/core_pb.js';
import { answerParent } from './answer.server.js';
import { cpuMs } from './cpu.client.js';
import { Gate } from './gate.server.js';

/** Envelopes of one session that may wait; more than any scenario lays up. */
const LAG_MAX = 2_000_000;
const GATED = `/${MACPRuntimeService.typeName}/${MACPRuntimeService.method.streamSession.name}`;

const runtime = await startEmbeddedRuntime({
  limits: {
    sessionStartsPerMinuteMax: Infinity,
    messagesPerMinuteMax: Infinity,
    historyMax: LAG_MAX,
    streamLagMax: LAG_MAX,
  },
});
const gate = await Gate.listen(runtime.address, GATED);

answerParent({
  cpuMs,
  gateAddress: () => gate.address,
  closeGate: () => gate.close(),
  openGate: () => gate.open(),
  /** What filling the sessions has left is collected now, not while somebody is measured. */
  settle: () => globalThis.gc?.(),
});
process.once('SIGTERM', () => process.exit(0));
process.send?.({ type: 'listening', address: runtime.address });
