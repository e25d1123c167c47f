import type { OpenApiDocument } from '../../api/types.js';

/** A request to begin with. */
export interface Template {
  readonly name: string;
  readonly text: string;
}

/** The requests that the API document itself shows for POST /runs: one of each mode, for a runtime of one’s own. */
export function templatesIn({ paths }: OpenApiDocument): readonly Template[] {
  const examples = paths['/runs'].post.requestBody.content['application/json'].examples;
  return Object.values(examples).map(({ summary, value }) => ({
    name: summary,
    text: JSON.stringify(value, undefined, 2),
  }));
}
