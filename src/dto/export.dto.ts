import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { queryFlag, queryInt } from './fields.js';

export const EXPORT_EVENTS_MAX = 50_000;

const query = {
  includeCanonical: queryFlag.prefault(true),
  includeRaw: queryFlag.prefault(false),
  eventLimit: queryInt(1, EXPORT_EVENTS_MAX).prefault(10_000).describe('Of each of the two.'),
};

export class ExportQueryDto extends createZodDto(
  z.strictObject({ ...query, format: z.enum(['json', 'jsonl']).default('json') }),
) {}

export class ExportStreamQueryDto extends createZodDto(z.strictObject(query)) {}
