import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { EVENT_TYPES } from '../contracts/events.js';
import { RUN_STATUSES } from '../contracts/run.js';
import { RUN_SORT_FIELDS, type RunListFilter } from '../contracts/run-record.js';
import { defined } from './defined.js';
import {
  NAME_LENGTH_MAX,
  QUERY_LENGTH_MAX,
  SEQ_MAX,
  SENTENCE_LENGTH_MAX,
  jsonObject,
  name,
  queryFlag,
  queryInt,
  queryList,
  queryText,
  queryTime,
} from './fields.js';
import { payloadEnvelope } from './payload.js';

const RUNS_LIMIT_MAX = 200;
const RUNS_OFFSET_MAX = 10_000;
export const EVENTS_LIMIT_MAX = 1_000;
const TAGS_FILTER_MAX = 20;
const RECIPIENTS_MAX = 1_000;

/** `:id` is a run id or a session id, everywhere. */
export class RunRefDto extends createZodDto(z.strictObject({ id: z.string().min(1).max(NAME_LENGTH_MAX) })) {}

const runListQuery = z
  .strictObject({
    status: queryList(z.enum(RUN_STATUSES), RUN_STATUSES.length).describe('Any of these; comma-separated or repeated.'),
    tags: queryList(z.string().max(NAME_LENGTH_MAX), TAGS_FILTER_MAX).describe('All of these; comma-separated.'),
    modeName: queryText.describe('Exactly this mode.'),
    runtimeKind: queryText.describe('Exactly this runtime kind.'),
    environment: queryText.describe('Exactly this `metadata.environment`.'),
    scenarioRef: queryText.describe('Part of the scenario or source reference.'),
    search: queryText.describe('Part of an id, tag, scenario, source, environment, policy version or label.'),
    createdAfter: queryTime.describe('Inclusive; YYYY-MM-DD (UTC) or an ISO 8601 time.'),
    createdBefore: queryTime.describe('Exclusive; YYYY-MM-DD (UTC) or an ISO 8601 time.'),
    includeArchived: queryFlag.prefault(false),
    includeSandbox: queryFlag.prefault(false),
    sortBy: z.enum(RUN_SORT_FIELDS).default('createdAt'),
    sortOrder: z.enum(['asc', 'desc']).default('desc'),
    limit: queryInt(1, RUNS_LIMIT_MAX).prefault(50),
    cursor: z.string().min(1).max(QUERY_LENGTH_MAX).optional().describe('`nextCursor` of the page before.'),
    offset: queryInt(0, RUNS_OFFSET_MAX).optional(),
  })
  .refine((query) => query.cursor === undefined || (query.offset ?? 0) === 0, {
    path: ['offset'],
    message: 'must not be given together with cursor',
  });

export class RunListQueryDto extends createZodDto(runListQuery) {}

export function toRunListFilter(query: z.output<typeof runListQuery>): RunListFilter {
  return defined(query);
}

export class EventsQueryDto extends createZodDto(
  z.strictObject({
    afterSeq: queryInt(0, SEQ_MAX).prefault(0).describe('Events with a higher seq.'),
    limit: queryInt(1, EVENTS_LIMIT_MAX).prefault(200),
    type: queryList(z.enum(EVENT_TYPES), EVENT_TYPES.length).describe('Any of these; comma-separated or repeated.'),
  }),
) {}

export class RawEventsQueryDto extends createZodDto(
  z.strictObject({
    afterPosition: queryInt(0, SEQ_MAX).prefault(0).describe('Raw events with a higher position.'),
    limit: queryInt(1, EVENTS_LIMIT_MAX).prefault(200),
  }),
) {}

/** Lists whose items may be large end a page early; the last of them is named for what follows. */
export class ArtifactsQueryDto extends createZodDto(
  z.strictObject({ after: z.uuid().optional().describe('Artifacts behind the one with this id.') }),
) {}

export class MessagesQueryDto extends createZodDto(
  z.strictObject({ after: name.optional().describe('Messages behind the one with this messageId.') }),
) {}

const reason = z.string().min(1).max(SENTENCE_LENGTH_MAX).default('requested through the API');

export class CommandDto extends createZodDto(z.strictObject({ reason })) {}

const onePayload = {
  path: ['payloadEnvelope'],
  message: 'must not be given together with payload',
};

export class SendMessageDto extends createZodDto(
  z
    .strictObject({
      from: name,
      to: z.array(name).max(RECIPIENTS_MAX).default([]),
      messageType: name,
      payload: jsonObject.optional(),
      payloadEnvelope: payloadEnvelope.optional(),
      metadata: jsonObject
        .optional()
        .describe('Taken from clients that send it, and not kept: an envelope has no place for it.'),
    })
    .refine((body) => body.payload === undefined || body.payloadEnvelope === undefined, onePayload),
) {}

export class SendSignalDto extends createZodDto(
  z.strictObject({
    from: name,
    to: z.array(name).max(RECIPIENTS_MAX).default([]),
    signalType: name,
    data: jsonObject.optional(),
    confidence: z.number().min(0).max(1).optional(),
    severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  }),
) {}
