import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { WINDOWS } from '../contracts/dashboard.js';
import { blankIsAbsent, queryText, queryTime } from './fields.js';

const windowQuery = z
  .preprocess(blankIsAbsent, z.enum(WINDOWS).optional())
  .optional()
  .describe('Up to now. Absent: everything.');

export class DashboardQueryDto extends createZodDto(
  z
    .strictObject({
      window: windowQuery,
      from: queryTime.describe('Runs created from then on; YYYY-MM-DD (UTC) or an ISO 8601 time.'),
      to: queryTime.describe('Runs created before; likewise. Absent: up to now.'),
      scenarioRef: queryText.describe('Exactly this scenario.'),
      environment: queryText.describe('Exactly this environment.'),
    })
    .refine((query) => query.window === undefined || (query.from ?? query.to) === undefined, {
      path: ['window'],
      message: 'must not be given together with from or to',
    })
    .refine((query) => query.from === undefined || query.to === undefined || query.from < query.to, {
      path: ['to'],
      message: 'must be later than from',
    }),
) {}

export class CircuitHistoryQueryDto extends createZodDto(
  z.strictObject({
    window: windowQuery,
    kind: queryText.describe('Which of several runtimes; absent: the configured one.'),
  }),
) {}
