import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { queryText } from './fields.js';

/** Which of several runtimes is meant; absent: the configured one. */
export class RuntimeQueryDto extends createZodDto(z.strictObject({ kind: queryText })) {}
