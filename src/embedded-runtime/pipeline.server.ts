import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

/** Messages of one stream handed to the transport and not yet taken by it; beyond it the writer waits. */
const IN_FLIGHT_MAX = 64;

/**
 * A streaming call that may have several messages on their way. The library writes the next message only when the one
 * before has left, which is one message per turn of the event loop: a stream beside a burst of calls falls behind.
 */
class PipelinedCall extends ServerInterceptingCall {
  private inFlight = 0;
  private readonly waiting: (() => void)[] = [];

  override sendMessage(message: unknown, done: () => void): void {
    this.inFlight += 1;
    super.sendMessage(message, () => {
      this.inFlight -= 1;
      this.waiting.shift()?.();
    });
    if (this.inFlight < IN_FLIGHT_MAX) done();
    else this.waiting.push(done);
  }
}

/** Pipelines every method that answers with a stream. */
export const pipelineStreams: ServerInterceptor = (method, call) =>
  method.responseStream ? new PipelinedCall(call) : new ServerInterceptingCall(call);
