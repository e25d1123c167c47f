import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { ProcessMetricsService } from './process-metrics.service.js';

type Counts = Pick<ProcessMetricsService, 'countRequest' | 'countUnanswered'>;

/** Every request is counted once, when its answer has left or can no longer leave. Call it before hooks that refuse. */
export function countAnswers(server: FastifyInstance, counts: Counts): void {
  server.addHook('onRequest', ({ method, routeOptions: { url }, raw: { socket } }, { raw }, done) => {
    const since = performance.now();
    let isCounted = false;
    // Nothing of the request is kept for it: open streams are many.
    const count = (): void => {
      if (isCounted) return;
      isCounted = true;
      const elapsedMs = performance.now() - since;
      if (raw.writableFinished && !isBroken(socket)) counts.countRequest(method, url, raw.statusCode, elapsedMs);
      else counts.countUnanswered(method, url, raw.headersSent, elapsedMs);
    };
    raw.on('finish', count).on('close', count);
    done();
  });
}

/** To Node an answer is finished also when what was left of it could not be written. */
function isBroken({ destroyed, errored }: Socket): boolean {
  return destroyed || errored !== null;
}

/**
 * Cuts a client that takes nothing of its answer for `stallMs`; one that takes little at a time stays. What is written piece
 * by piece does not come by here, and is watched by whoever writes it.
 */
export function cutUnreadAnswers(server: FastifyInstance, stallMs: number): void {
  server.addHook('onRequest', (_request, { raw }, done) => {
    // That of the answer before it on the same connection, which Node takes back only where no further one waits.
    raw.setTimeout(0);
    done();
  });
  server.addHook('onSend', (_request, { raw }, _payload, done) => {
    // Node looks at what the operating system has taken, and closes the connection.
    raw.setTimeout(stallMs);
    done();
  });
}
