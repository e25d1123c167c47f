import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { NAME_LENGTH_MAX, SENTENCE_LENGTH_MAX, jsonObject, jsonWithin, name } from './fields.js';

/** As many as a page of the list can hold. */
export const BATCH_RUNS_MAX = 200;
const TAGS_MAX = 64;
const TAG_LENGTH_MAX = 128;
const URI_LENGTH_MAX = 2_048;
/** UTF-16 units of an artifact's content as JSON. */
const INLINE_UNITS_MAX = 262_144;
const ARTIFACT_KINDS = ['trace', 'json', 'report', 'log', 'bundle'] as const;

const runRef = z.string().min(1).max(NAME_LENGTH_MAX);
const runIds = z.array(runRef).min(1).max(BATCH_RUNS_MAX).describe('Run ids or session ids; each is worked on once.');

export class BatchDto extends createZodDto(z.strictObject({ runIds })) {}

export class BatchCancelDto extends createZodDto(
  z.strictObject({ runIds, reason: z.string().min(1).max(SENTENCE_LENGTH_MAX).default('requested through the API') }),
) {}

export class CompareDto extends createZodDto(z.strictObject({ leftRunId: runRef, rightRunId: runRef })) {}

export class CloneDto extends createZodDto(
  z.strictObject({
    tags: z.array(z.string().min(1).max(TAG_LENGTH_MAX)).max(TAGS_MAX).optional().describe('Instead of the run’s own.'),
    context: jsonObject.optional().describe('Instead of the run’s own.'),
  }),
) {}

/** Of schemes that name a place and run nothing: a page may make a link of it. */
const artifactUri = z
  .string()
  .max(URI_LENGTH_MAX)
  .regex(/^(https?|s3|gs|urn|ipfs):\S+$/, 'must be an absolute http, https, s3, gs, urn or ipfs URI');

export class NewArtifactDto extends createZodDto(
  z.strictObject({
    kind: z.enum(ARTIFACT_KINDS),
    label: name,
    uri: artifactUri.optional(),
    inline: jsonObject.refine(jsonWithin(INLINE_UNITS_MAX), `must not be longer than ${INLINE_UNITS_MAX}`).optional(),
  }),
) {}
