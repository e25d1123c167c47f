import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { SEQ_MAX, queryFlag, queryInt, queryNumber } from './fields.js';

const HEARTBEAT_MS_MIN = 1_000;
const HEARTBEAT_MS_MAX = 40_000;
const REPLAY_SPEED_MAX = 1_000;

const heartbeatMs = queryInt(HEARTBEAT_MS_MIN, HEARTBEAT_MS_MAX)
  .optional()
  .describe('Silence after which a heartbeat is sent.');

export class StreamQueryDto extends createZodDto(
  z.strictObject({
    includeSnapshot: queryFlag.prefault(true).describe('false: no snapshots at all.'),
    snapshots: z.enum(['live', 'initial']).default('live').describe('initial: only the one on connecting.'),
    afterSeq: queryInt(0, SEQ_MAX)
      .optional()
      .describe('Events with a higher seq; 0: the whole history. Absent: only what comes after the snapshot.'),
    heartbeatMs,
    closeOnEnd: queryFlag.prefault(false).describe('Close after `end` with reason run_terminal.'),
  }),
) {}

const range = { path: ['toSeq'], message: 'must not be less than fromSeq' };
const REPLAY_MODES = ['instant', 'timed'] as const;

export class ReplayDto extends createZodDto(
  z
    .strictObject({
      mode: z.enum(REPLAY_MODES).default('instant'),
      speed: z.number().min(0.1).max(REPLAY_SPEED_MAX).default(1),
      fromSeq: z.number().int().min(1).max(SEQ_MAX).optional(),
      toSeq: z.number().int().min(1).max(SEQ_MAX).optional(),
    })
    .refine((body) => (body.fromSeq ?? 1) <= (body.toSeq ?? SEQ_MAX), range),
) {}

export class ReplayStreamQueryDto extends createZodDto(
  z
    .strictObject({
      mode: z.enum(REPLAY_MODES).default('instant'),
      speed: queryNumber(0.1, REPLAY_SPEED_MAX).prefault(1),
      fromSeq: queryInt(1, SEQ_MAX).prefault(1),
      toSeq: queryInt(1, SEQ_MAX).optional(),
      heartbeatMs,
    })
    .refine((query) => query.fromSeq <= (query.toSeq ?? SEQ_MAX), range),
) {}

export class ReplayStateQueryDto extends createZodDto(z.strictObject({ seq: queryInt(0, SEQ_MAX).optional() })) {}
