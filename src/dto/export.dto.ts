import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { queryFlag, queryInt } from './fields.js';

export const EXPORT_EVENTS_MAX = 50_000;

export class ExportQueryDto extends createZodDto(
  z.strictObject({
    includeCanonical: queryFlag.prefault(true),
    includeRaw: queryFlag.prefault(false),
    eventLimit: queryInt(1, EXPORT_EVENTS_MAX).prefault(10_000),
    format: z.enum(['json', 'jsonl']).default('json'),
  }),
) {}
