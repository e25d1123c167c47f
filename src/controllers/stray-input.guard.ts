import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseRequest } from '../dto/parse-request.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';

const NOTHING = z.strictObject({});
/** Probes and scrapers may say what they like: a refused probe would take a healthy process out of service. */
const PROBED: readonly unknown[] = [HealthController, MetricsController];

/**
 * Where an endpoint declares no query or no body, every parameter and every field is unknown, and refused like one that
 * a DTO does not name: a `DELETE` with `dryRun=true` must not delete. An empty JSON object is nothing, too.
 */
@Injectable()
export class StrayInputGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (PROBED.includes(context.getClass())) return true;
    const { query, body } = context.switchToHttp().getRequest<FastifyRequest>();
    const declared = declaredBy(context);
    if (!declared.has(RouteParamtypes.QUERY)) parseRequest(NOTHING, query);
    if (!declared.has(RouteParamtypes.BODY)) parseRequest(NOTHING, body === undefined ? {} : body);
    return true;
  }
}

/** The kinds of input that the endpoint's parameters take; Nest keeps them under keys like `4:0`, kind and place. */
function declaredBy(context: ExecutionContext): ReadonlySet<number> {
  const parameters: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name);
  return new Set(Object.keys(parameters ?? {}).map((key) => Number(key.split(':', 1)[0])));
}
