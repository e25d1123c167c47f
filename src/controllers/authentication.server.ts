import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accessOf, includesScope, type Access, type ApiKey } from '../contracts/access.js';
import type { Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { GuessLimit, keyOf, networkOf, presentedBy } from './authentication.js';
import type { ProcessMetricsService, Refused } from './process-metrics.service.js';

/** Wrong keys of one caller that are answered as such within the window; then it is told to wait for the window's end. */
const GUESSES_MAX = 20;
const GUESS_WINDOW_MS = 60_000;
const CALLERS_MAX = 10_000;
/** At most one line about refused callers in this time, however many there are. The metric counts them all. */
const LOG_EVERY_MS = 10_000;

/** The request's decorator that holds who asks. */
const PRINCIPAL = 'principal';

/** Whose key came with the request; undefined where none is asked for. */
export function principalOf(request: FastifyRequest): Pick<ApiKey, 'id' | 'scope'> | undefined {
  return request.getDecorator<Pick<ApiKey, 'id' | 'scope'> | null>(PRINCIPAL) ?? undefined;
}

interface Parts {
  /** Empty: nobody is asked for a key. */
  readonly keys: readonly ApiKey[];
  readonly bodyBytesMax: number;
  readonly clock: Pick<Clock, 'ticks'>;
  readonly counts: Pick<ProcessMetricsService, 'countRefused'>;
}

/**
 * Asks every request for a key before anything of its body is read. A route that says nothing of itself, and a path that
 * is none, need one too: a stranger cannot tell what there is.
 */
export function authenticate(server: FastifyInstance, { keys, bodyBytesMax, clock, counts }: Parts): void {
  server.decorateRequest(PRINCIPAL, null);
  if (keys.length === 0) return;
  const limit = new GuessLimit({ max: GUESSES_MAX, windowMs: GUESS_WINDOW_MS, callersMax: CALLERS_MAX });
  const tell = teller(clock);
  server.addHook('onRequest', (request, reply, done) => {
    const need = needOf(request);
    if (need === 'public') return done();
    const refuse = (reason: Refused, error: AppError): void => {
      counts.countRefused(reason);
      tell(reason, request.ip);
      if (error.code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
      if (!isSmall(request, bodyBytesMax)) closeAfter(reply);
      done(error);
    };
    const presented = presentedBy(request.headers.authorization);
    if (presented.kind !== 'bearer') return refuse(presented.kind, unauthenticated());
    // A right key is let in however many wrong ones came from its address: else one machine could lock out all behind a NAT.
    const key = keyOf(keys, presented.bearer);
    if (key === undefined) {
      const waitMs = limit.note(networkOf(request.ip), clock.ticks());
      return waitMs > 0 ? refuse('limited', tooManyGuesses(waitMs)) : refuse('unknown', unauthenticated());
    }
    if (!includesScope(key.scope, need)) {
      return refuse(
        'scope',
        new AppError('SCOPE_MISSING', `This needs a key of scope ${need}; yours has ${key.scope}.`, {
          needed: need,
          scope: key.scope,
        }),
      );
    }
    request.setDecorator(PRINCIPAL, { id: key.id, scope: key.scope });
    done();
  });
}

function needOf({ method, routeOptions }: FastifyRequest): Access {
  // A preflight comes without headers of its page's choosing, and learns only which methods there are.
  if (method === 'OPTIONS') return 'public';
  const { config } = routeOptions;
  const isUnknown = routeOptions.url === undefined;
  return isUnknown ? 'read' : accessOf(config.access, method);
}

function unauthenticated(): AppError {
  return new AppError('UNAUTHENTICATED', 'A valid API key is needed, as "Authorization: Bearer <key>".');
}

function tooManyGuesses(waitMs: number): AppError {
  const retryAfterSeconds = Math.ceil(waitMs / 1_000);
  return new AppError('RATE_LIMITED', 'Too many wrong keys came from this address; a right one is taken at any time.', {
    retryAfterSeconds,
  });
}

/** Node reads what is left of a body to use the connection again, which is not worth it for a large one or one without end. */
function isSmall({ headers }: FastifyRequest, bytesMax: number): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= bytesMax;
}

function closeAfter(reply: FastifyReply): void {
  void reply.header('connection', 'close');
}

/** The address and the reason, never what was said: a wrong key may be a right one with a letter missing. */
function teller(clock: Pick<Clock, 'ticks'>) {
  const log = new Logger('authentication');
  let nextAt = Number.NEGATIVE_INFINITY;
  let refused = 0;
  return (reason: Refused, address: string): void => {
    refused += 1;
    if (clock.ticks() < nextAt) return;
    log.warn({ message: 'requests were refused for want of a key', refused, last: { reason, address } });
    nextAt = clock.ticks() + LOG_EVERY_MS;
    refused = 0;
  };
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its callers; by its method where it does not say. */
    access?: Access;
  }
}
