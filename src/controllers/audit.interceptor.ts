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
import { concatMap, type Observable } from 'rxjs';
import { v7 as uuid } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import type { AuditAction, AuditEntry, AuditResource } from '../contracts/audit.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AuditRepository } from '../storage/audit.repository.js';

/** What an endpoint does to what; one entry per id that its answer (or its path) names as changed. */
export interface AuditSpec {
  readonly action: AuditAction;
  readonly resource: AuditResource;
  readonly idsOf: (answer: never, path: Readonly<Record<string, string>>) => readonly string[];
}

interface Actor {
  readonly actor: string;
  readonly actorType: string;
}

const AUDIT = Symbol('AUDIT');

/** Nobody has said who they are: the service does not authenticate its clients yet. */
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
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const spec = this.reflector.get<AuditSpec | undefined, symbol>(AUDIT, context.getHandler());
    if (spec === undefined) return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: Record<string, string> }>>();
    return next.handle().pipe(
      concatMap(async (answer) => {
        await this.record(spec, request, answer);
        return answer;
      }),
    );
  }

  private async record(
    { action, resource, idsOf }: AuditSpec,
    request: FastifyRequest<{ Params: Record<string, string> }>,
    answer: unknown,
  ): Promise<void> {
    const createdAt = isoTime(this.clock.now());
    // Endpoint and spec are declared together, so the function takes what the endpoint answers.
    const ids = idsOf(answer as never, request.params);
    const entries = ids.map((resourceId): AuditEntry => {
      return { id: uuid(), ...actorOf(request.body), action, resource, resourceId, requestId: request.id, createdAt };
    });
    try {
      await this.entries.insert(entries);
    } catch (error) {
      this.log.error({ message: 'audit entries could not be stored', entries, err: error });
    }
  }
}

/** A launch may say on whose behalf it is; nothing else tells. */
function actorOf(body: unknown): Actor {
  const requester = fieldOf(fieldOf(body, 'execution'), 'requester');
  const [actor, actorType] = [fieldOf(requester, 'actorId'), fieldOf(requester, 'actorType')];
  return typeof actor === 'string' && typeof actorType === 'string' ? { actor, actorType } : ANONYMOUS;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
