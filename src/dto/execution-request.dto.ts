import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import {
  KICKOFF_KINDS,
  ORCHESTRATIONS,
  SCRIPTED_MANNERS,
  type ExecutionRequest,
  type KickoffMessage,
  type SessionSpec,
} from '../contracts/execution-request.js';
import { NAME_LENGTH_MAX, jsonObject, jsonWithin, name, sentence } from './fields.js';
import { payloadEnvelope } from './payload.js';
import { sessionMetadata } from './session-metadata.js';

const DAY_MS = 86_400_000;
const PARTICIPANTS_MAX = 1_000;
/** UTF-16 units of all participants as JSON: every list of runs shows them whole. */
const PARTICIPANTS_UNITS_MAX = 262_144;
const KICKOFF_MAX = 200;
/** Of all kickoff messages together. */
const KICKOFF_RECIPIENTS_MAX = 20_000;
const ROOTS_MAX = 100;
const EXTENSIONS_MAX = 64;
const TAGS_MAX = 64;
const TAG_LENGTH_MAX = 128;
const URI_LENGTH_MAX = 2_048;
const SESSION_ID_LENGTH_MAX = 256;
/** UTF-16 units of a context given as text. */
const CONTEXT_LENGTH_MAX = 262_144;
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;

const UUID_LIKE = /^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;
const SESSION_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SESSION_TOKEN = /^[A-Za-z0-9_-]{22,}$/;

/** A UUID of another version or in capitals also looks like a token; the runtime refuses it, so it is refused here. */
function isSessionId(id: string): boolean {
  return UUID_LIKE.test(id) ? SESSION_UUID.test(id) : SESSION_TOKEN.test(id);
}

const sessionId = z
  .string()
  .max(SESSION_ID_LENGTH_MAX)
  .refine(isSessionId, {
    message: 'must be a lowercase UUID v4 or v7, or at least 22 characters of A-Z a-z 0-9 _ -',
    params: { errorCode: 'INVALID_SESSION_ID' },
  });

/** Counts before anything is looked at: each wrong entry is described, though an answer names only the first ones. */
function countedFirst(countIn: (value: unknown) => number, max: number, what: string) {
  return (value: unknown, context: z.RefinementCtx): unknown => {
    if (countIn(value) > max) context.addIssue(`must not have more than ${max} ${what}`);
    return value;
  };
}

function keysIn(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function recipientsIn(messages: unknown): number {
  if (!Array.isArray(messages)) return 0;
  return messages.reduce<number>((sum, message) => sum + recipientsOf(message), 0);
}

function recipientsOf(message: unknown): number {
  const to: unknown = typeof message === 'object' && message !== null && 'to' in message ? message.to : undefined;
  return Array.isArray(to) ? to.length : 0;
}

const mode = z
  .preprocess(
    (value, context) => {
      if (value === 'replay') {
        const message = 'replay is no way to start a run: use POST /runs/:id/replay on an existing one';
        context.addIssue({ code: 'custom', message, params: { errorCode: 'MODE_REPLAY_REFUSED' } });
      }
      return value;
    },
    z.enum(['live', 'sandbox']),
  )
  .prefault('live');

const participant = z.strictObject({
  id: name,
  role: name.optional(),
  transportIdentity: name.optional(),
  metadata: jsonObject.optional(),
});

const participants = z
  .array(participant)
  .min(1)
  .max(PARTICIPANTS_MAX)
  .refine(jsonWithin(PARTICIPANTS_UNITS_MAX), `must not be longer than ${PARTICIPANTS_UNITS_MAX} characters as JSON`)
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [index, { id }] of list.entries()) {
      if (seen.has(id)) context.addIssue({ code: 'custom', path: [index, 'id'], message: 'must be unique' });
      seen.add(id);
    }
  })
  .describe(`All together at most ${PARTICIPANTS_UNITS_MAX} characters as JSON.`);

const extensions = z.preprocess(countedFirst(keysIn, EXTENSIONS_MAX, 'keys'), z.record(name, payloadEnvelope));

const session = z
  .strictObject({
    orchestration: z
      .enum(ORCHESTRATIONS)
      .optional()
      .describe('drive: the control plane opens the session. observe: an agent does. Absent: as configured.'),
    sessionId: sessionId.optional(),
    modeName: name,
    modeVersion: name,
    configurationVersion: name,
    policyVersion: z.string().max(NAME_LENGTH_MAX).optional(),
    ttlMs: z.number().int().min(1).max(DAY_MS),
    initiatorParticipantId: name.optional(),
    participants,
    roots: z
      .array(z.strictObject({ uri: z.string().min(1).max(URI_LENGTH_MAX), name: name.optional() }))
      .max(ROOTS_MAX)
      .optional(),
    context: z.union([z.string().max(CONTEXT_LENGTH_MAX), jsonObject]).optional(),
    contextEnvelope: payloadEnvelope.optional(),
    intent: sentence.optional(),
    contextId: z.string().max(NAME_LENGTH_MAX).optional(),
    extensions: extensions.optional(),
    metadata: sessionMetadata.optional(),
  })
  .refine((value) => value.context === undefined || value.contextEnvelope === undefined, {
    path: ['contextEnvelope'],
    message: 'must not be given together with context',
  });

const kickoffMessage = z
  .strictObject({
    from: name,
    to: z.array(name).max(PARTICIPANTS_MAX).default([]),
    kind: z.enum(KICKOFF_KINDS),
    messageType: name,
    payload: jsonObject.optional(),
    payloadEnvelope: payloadEnvelope.optional(),
    metadata: jsonObject.optional(),
  })
  .refine((value) => value.payload === undefined || value.payloadEnvelope === undefined, {
    path: ['payloadEnvelope'],
    message: 'must not be given together with payload',
  });

const execution = z.strictObject({
  idempotencyKey: z.string().min(1).max(IDEMPOTENCY_KEY_LENGTH_MAX).optional(),
  tags: z.array(z.string().min(1).max(TAG_LENGTH_MAX)).max(TAGS_MAX).optional(),
  requester: z.strictObject({ actorId: name, actorType: z.enum(['user', 'service', 'system']) }).optional(),
  scriptedAgents: z
    .enum(SCRIPTED_MANNERS)
    .optional()
    .describe(
      'Only with mode sandbox: scripted agents play the participants on the embedded runtime. agreeing: to a positive end. refusing: to a negative one. silent: one of them never answers, and the session expires. GET /examples has complete requests.',
    ),
});

export const executionRequest = z
  .strictObject({
    mode,
    runtime: z.strictObject({ kind: name, version: name.optional() }),
    session,
    kickoff: z
      .preprocess(
        countedFirst(recipientsIn, KICKOFF_RECIPIENTS_MAX, 'recipients in all'),
        z.array(kickoffMessage).max(KICKOFF_MAX),
      )
      .describe(`All together at most ${KICKOFF_RECIPIENTS_MAX} recipients.`)
      .optional(),
    execution: execution.default({}),
  })
  .transform(drivenByKickoff) satisfies z.ZodType<ExecutionRequest>;

/** A body that carries `kickoff`, even an empty one, is that of a caller who has the session opened for it. */
function drivenByKickoff<R extends { session: SessionSpec; kickoff?: KickoffMessage[] | undefined }>(request: R) {
  const { session: asked, kickoff } = request;
  const isDriven = kickoff !== undefined && asked.orchestration === undefined;
  return {
    ...request,
    session: isDriven ? { ...asked, orchestration: 'drive' as const } : asked,
    kickoff: kickoff ?? [],
  };
}

export class ExecutionRequestDto extends createZodDto(executionRequest) {}
