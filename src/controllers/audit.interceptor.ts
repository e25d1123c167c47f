import {
  Inject,
  Injectable,
  Logger,
  SetMetadata,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { concatMap, from, type Observable } from 'rxjs';
import { v7 as uuid } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import type { AuditAction, AuditEntry, AuditResource } from '../contracts/audit.js';
import type { Requester } from '../contracts/execution-request.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { RunQueryService } from '../queries/run-query.service.js';
import { AuditRepository } from '../storage/audit.repository.js';
import { principalOf } from './authentication.server.js';

/** What an endpoint does to what; one entry per id that its answer (or its path) names as changed. */
export interface AuditSpec {
  readonly action: AuditAction;
  readonly resource: AuditResource;
  /** `run in path`: the run that `:id` named before it was worked on, by whichever of its ids. */
  readonly idsOf: 'run in path' | ((answer: never, path: Readonly<Record<string, string>>) => readonly string[]);
  /** On whose behalf the parsed body says it is; absent for endpoints whose bodies do not say. */
  readonly requesterOf?: (body: never) => Requester | undefined;
}

interface Actor {
  readonly actor: string;
  readonly actorType: string;
}

const AUDIT = Symbol('AUDIT');

/** Nobody has said who they are: no keys are asked for (API_KEYS). */
const ANONYMOUS: Actor = { actor: 'anonymous', actorType: 'anonymous' };

export const Audited = (spec: AuditSpec): MethodDecorator => SetMetadata(AUDIT, spec);

/**
 * Writes down every request that changed something, before it is answered. What could not be written down has happened
 * all the same: the client hears so, and the log has the entry.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  private readonly log = new Logger(AuditInterceptor.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly entries: AuditRepository,
    private readonly runs: RunQueryService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const spec = this.reflector.get<AuditSpec | undefined, symbol>(AUDIT, context.getHandler());
    if (spec === undefined) return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: Record<string, string> }>>();
    return from(this.runsInPath(spec, request.params)).pipe(
      concatMap((runs) =>
        next.handle().pipe(
          concatMap(async (answer) => {
            // Endpoint and spec are declared together, so the function takes what the endpoint answers.
            const { idsOf } = spec;
            await this.record(spec, idsOf === 'run in path' ? runs : idsOf(answer as never, request.params), request);
            return answer;
          }),
        ),
      ),
    );
  }

  private async runsInPath({ idsOf }: AuditSpec, { id = '' }: Readonly<Record<string, string>>) {
    const runId = idsOf === 'run in path' ? await this.runs.idOf(id) : undefined;
    return runId === undefined ? [] : [runId];
  }

  private async record(spec: AuditSpec, ids: readonly string[], request: FastifyRequest): Promise<void> {
    const { action, resource } = spec;
    const createdAt = isoTime(this.clock.now());
    const entries = ids.map((resourceId): AuditEntry => {
      return { id: uuid(), ...actorOf(spec, request), action, resource, resourceId, requestId: request.id, createdAt };
    });
    try {
      await this.entries.insert(entries);
    } catch (error) {
      this.log.error({ message: 'audit entries could not be stored', entries, err: error });
    }
  }
}

function actorOf({ requesterOf }: AuditSpec, request: FastifyRequest): Actor {
  // A key is proof, and what a body says is not.
  const principal = principalOf(request);
  if (principal !== undefined) return { actor: principal.id, actorType: 'api-key' };
  // The endpoint has answered, so its DTO took this body.
  const requester = requesterOf?.(request.body as never);
  return requester === undefined ? ANONYMOUS : { actor: requester.actorId, actorType: requester.actorType };
}
