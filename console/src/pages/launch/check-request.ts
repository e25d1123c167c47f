import { Validator, type OutputUnit } from '@cfworker/json-schema';
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { ExecutionRequest, OpenApiDocument } from '../../api/types.js';

/** Problems that are listed; mending the first ones often mends the others. */
const PROBLEMS_MAX = 8;
const SCHEMA = 'ExecutionRequestDto';

export interface Problem {
  /** `session.participants[0].id`; empty for the whole. */
  readonly path: string;
  readonly message: string;
  /** Where it stands in the text, in UTF-16 units. */
  readonly offset: number;
  readonly length: number;
}

/** A text that is a request, or what keeps it from being one. */
export type Checked =
  | { readonly request: ExecutionRequest; readonly problems: readonly [] }
  | { readonly request: undefined; readonly problems: readonly Problem[] };

export function schemaValidator(document: OpenApiDocument): Validator {
  const schema = { $ref: `#/components/schemas/${SCHEMA}`, components: document.components };
  return new Validator(schema, '2020-12', false);
}

/** Checks a text against the schema of POST /runs; every problem knows its place in the text. */
export function checkRequest(text: string, validator: Validator): Checked {
  if (text.trim() === '')
    return { request: undefined, problems: [{ path: '', message: 'There is nothing yet', offset: 0, length: 0 }] };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: false, disallowComments: true });
  if (!root || errors.length > 0) return { request: undefined, problems: syntaxProblems(errors, text) };
  const value: unknown = JSON.parse(text);
  const { valid, errors: units } = validator.validate(value);
  if (valid) return { request: value as ExecutionRequest, problems: [] };
  return { request: undefined, problems: schemaProblems(units, root) };
}

function syntaxProblems(errors: readonly ParseError[], text: string): readonly Problem[] {
  return errors.slice(0, PROBLEMS_MAX).map(({ error, offset, length }) => ({
    path: '',
    message: `Not JSON: ${words(printParseErrorCode(error))}`,
    offset: Math.min(offset, text.length),
    length,
  }));
}

/** The units tell every level that fails; people want the deepest ones, where the mistake is. */
function schemaProblems(units: readonly OutputUnit[], root: Node): readonly Problem[] {
  const deepest = units.filter(
    ({ keyword, instanceLocation }, index) =>
      keyword !== 'properties' &&
      keyword !== 'items' &&
      keyword !== '$ref' &&
      keyword !== 'anyOf' &&
      units.findIndex((other) => other.instanceLocation === instanceLocation && !isOuter(other)) === index,
  );
  const told = deepest.length > 0 ? deepest : units;
  return told.slice(0, PROBLEMS_MAX).map(({ instanceLocation, error }) => {
    const steps = stepsOf(instanceLocation);
    const node = findNodeAtLocation(root, steps) ?? root;
    return { path: pathOf(steps), message: sentence(error), offset: node.offset, length: node.length };
  });
}

function isOuter({ keyword }: OutputUnit): boolean {
  return ['properties', 'items', '$ref', 'anyOf'].includes(keyword);
}

function stepsOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

function pathOf(steps: readonly (string | number)[]): string {
  return steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

function words(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

function sentence(error: string): string {
  return error.endsWith('.') ? error.slice(0, -1) : error;
}
