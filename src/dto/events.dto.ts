import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { EVENT_TYPES } from '../contracts/events.js';
import { NAME_LENGTH_MAX, queryInt, queryList, queryText, queryTime } from './fields.js';
import { EVENTS_LIMIT_MAX } from './run.dto.js';

/**
 * Types are names, not an enumeration: the public console offers some that this service never records, and a filter for
 * those finds nothing.
 */
const eventType = z.string().max(NAME_LENGTH_MAX);

export class CrossRunEventsQueryDto extends createZodDto(
  z.strictObject({
    runId: queryText.describe('Only of this run (run id or session id).'),
    scenarioRef: queryText.describe('Only of runs with exactly this scenario.'),
    type: queryList(eventType, EVENT_TYPES.length).describe('Any of these; comma-separated or repeated.'),
    afterTs: queryTime.describe('Inclusive; YYYY-MM-DD (UTC) or an ISO 8601 time.'),
    beforeTs: queryTime.describe('Exclusive; likewise.'),
    afterSeq: queryInt(0, Number.MAX_SAFE_INTEGER)
      .prefault(0)
      .describe('`nextCursor` or `lastCursor` of the page before; 0: from the beginning. With runId it is a seq.'),
    order: z
      .enum(['asc', 'desc'])
      .default('asc')
      .describe('desc: newest first; a page then goes on before its cursor.'),
    limit: queryInt(1, EVENTS_LIMIT_MAX).prefault(200),
  }),
) {}
