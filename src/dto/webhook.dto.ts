import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { EVENT_TYPES } from '../contracts/events.js';
import { httpUrl } from './fields.js';

const SECRET_LENGTH_MAX = 256;

const events = z
  .array(z.enum(EVENT_TYPES))
  .min(1)
  .max(EVENT_TYPES.length)
  .refine((types) => new Set(types).size === types.length, 'must not name a type twice')
  .meta({ uniqueItems: true });
const secret = z.string().min(1).max(SECRET_LENGTH_MAX).describe('Stored, and never shown.');

export const newWebhook = z.strictObject({ url: httpUrl, secret, events, active: z.boolean().default(true) });

export class NewWebhookDto extends createZodDto(newWebhook) {}

export class WebhookChangeDto extends createZodDto(
  z
    .strictObject({ url: httpUrl, secret, events, active: z.boolean() })
    .partial()
    .refine((change) => Object.values(change).some((value) => value !== undefined), 'must change something'),
) {}

export class WebhookRefDto extends createZodDto(z.strictObject({ id: z.string().min(1).max(64) })) {}
