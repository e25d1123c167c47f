import { z } from 'zod';
import { JSON_STRING_LENGTH_MAX } from './json-bounds.js';
import { jsonObject, name } from './fields.js';

const jsonValue = z.union([
  jsonObject,
  z.array(z.unknown()),
  z.string().max(JSON_STRING_LENGTH_MAX),
  z.number(),
  z.boolean(),
  z.null(),
]);

/** A payload given in one of four encodings. Base64 is the standard alphabet with padding. */
export const payloadEnvelope = z
  .discriminatedUnion('encoding', [
    z.strictObject({ encoding: z.literal('json'), json: jsonValue }),
    z.strictObject({ encoding: z.literal('text'), text: z.string().max(JSON_STRING_LENGTH_MAX) }),
    z.strictObject({ encoding: z.literal('base64'), base64: z.base64().max(JSON_STRING_LENGTH_MAX) }),
    z.strictObject({ encoding: z.literal('proto'), proto: z.strictObject({ typeName: name, value: jsonObject }) }),
  ])
  .meta({ id: 'PayloadEnvelope' });
