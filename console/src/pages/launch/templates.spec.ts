import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { OpenApiDocument } from '../../api/types.js';
import { checkRequest, schemaValidator } from './check-request.js';
import { templatesIn } from './templates.js';

it('are requests that can be launched', () => {
  const url = new URL('../../../../docs/openapi.json', import.meta.url);
  const document = JSON.parse(readFileSync(url, 'utf8')) as OpenApiDocument;
  const validator = schemaValidator(document);
  const templates = templatesIn(document);
  expect(templates.length).toBeGreaterThan(4);
  for (const { name, text } of templates) expect(checkRequest(text, validator).problems, name).toEqual([]);
});
