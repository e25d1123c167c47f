import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { NAME_LENGTH_MAX, jsonObject, name, queryText, sentence } from './fields.js';

/** UTF-16 units of a policy's rules as JSON. */
const RULES_UNITS_MAX = 262_144;
/** The wire's number of a schema version has 32 bits. */
const SCHEMA_VERSION_MAX = 4_294_967_295;

const kind = queryText.describe('Which of several runtimes; absent: the configured one.');

export class PolicyListQueryDto extends createZodDto(
  z.strictObject({ kind, mode: queryText.describe('Policies of this mode, and those of every mode.') }),
) {}

export class PolicyRefDto extends createZodDto(z.strictObject({ policyId: z.string().min(1).max(NAME_LENGTH_MAX) })) {}

export const policyRegistration = z.strictObject({
  policyId: name.refine((id) => id.trim() === id, 'must not begin or end with a space'),
  mode: name.describe('A mode, or * for every mode.'),
  description: sentence.default(''),
  rules: jsonObject
    .refine((rules) => JSON.stringify(rules).length <= RULES_UNITS_MAX, `must not be longer than ${RULES_UNITS_MAX}`)
    .describe('What they may say depends on the mode; the runtime checks it.'),
  schemaVersion: z.number().int().min(1).max(SCHEMA_VERSION_MAX).default(1),
});

export class PolicyRegistrationDto extends createZodDto(policyRegistration) {}
