import { z } from 'zod';
import type { JsonObject } from '../contracts/json.js';
import { httpUrl, jsonWithin } from './fields.js';

const BEARER_LENGTH_MAX = 8_192;
/** UTF-16 units as JSON. Every list of runs shows it whole, and a page has up to 200 of them. */
const METADATA_UNITS_MAX = 65_536;

const cancelCallback = z.strictObject({
  url: httpUrl.describe(
    'Where the initiator of an observed run is asked to cancel its session; its host must be allowed here.',
  ),
  bearer: z
    .string()
    .max(BEARER_LENGTH_MAX)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional()
    .describe('Sent with it as a bearer token; never shown again.'),
});

/** Free keys of the caller, and two whose meaning is ours. */
export const sessionMetadata = z
  .looseObject({
    cancelCallback: cancelCallback.optional(),
    cancellationDelegated: z
      .boolean()
      .optional()
      .describe('Whether the control plane may ask the runtime to cancel an observed session; the runtime decides.'),
  })
  .refine(jsonWithin(METADATA_UNITS_MAX), `must not be longer than ${METADATA_UNITS_MAX} characters as JSON`)
  .describe(`Free keys; at most ${METADATA_UNITS_MAX} characters as JSON.`)
  // Came out of JSON.parse, so every value in it is JSON.
  .transform((value) => value as JsonObject);
