/**
 * The embedded runtime in a process of its own, with a gate in front of its session streams: while it is closed, whatever
 * is accepted waits here, and the subscriptions stand. So a load is laid up first and then arrives as fast as it is taken,
 * at runs that are followed already and without a generator beside it.
 */
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { startEmbeddedRuntime } from '../../src/embedded-runtime/embedded-runtime.server.js';
import { MACPRuntimeService } from '../../src/gen/macp/v1/core_pb.js';
import { answerParent } from './answer.server.js';
import { cpuMs } from './cpu.client.js';

/** Envelopes of one session that may wait; more than any scenario lays up. */
const LAG_MAX = 2_000_000;
const GATED = `/${MACPRuntimeService.typeName}/${MACPRuntimeService.method.streamSession.name}`;

let waiting: (() => void)[] | undefined;

class GatedCall extends ServerInterceptingCall {
  override sendMessage(message: unknown, done: () => void): void {
    const send = (): void => super.sendMessage(message, done);
    if (waiting === undefined) send();
    else waiting.push(send);
  }
}

const gate: ServerInterceptor = (method, call) =>
  method.path === GATED ? new GatedCall(call) : new ServerInterceptingCall(call);

const runtime = await startEmbeddedRuntime({
  limits: {
    sessionStartsPerMinuteMax: Infinity,
    messagesPerMinuteMax: Infinity,
    historyMax: LAG_MAX,
    streamLagMax: LAG_MAX,
  },
  interceptors: [gate],
});

answerParent({
  cpuMs,
  closeGate: () => {
    waiting ??= [];
  },
  openGate: () => {
    const held = waiting ?? [];
    waiting = undefined;
    for (const send of held) send();
  },
});
process.once('SIGTERM', () => process.exit(0));
process.send?.({ type: 'listening', address: runtime.address });
