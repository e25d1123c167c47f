import { z } from 'zod';
import type { JsonObject } from '../contracts/json.js';
import { cut } from '../contracts/text.js';
import { AppError } from '../errors/app-error.js';
import { ERROR_CODES, type ErrorCode } from '../errors/codes.js';
import { findBoundsProblem } from './json-bounds.js';

/** Problems named in one answer; the caller repairs these and asks again. */
const ISSUES_MAX = 20;

/** UTF-16 units of one path or sentence in an answer; both may carry names the caller made up. */
const ISSUE_TEXT_LENGTH_MAX = 300;

interface Schema {
  parse(input: unknown): unknown;
}

/** What a client sent → what it means. Throws VALIDATION_ERROR, or the more telling code of the field that is wrong. */
export function parseRequest(schema: Schema, input: unknown): unknown {
  const problem = findBoundsProblem(input);
  if (problem !== undefined) throw refusal('VALIDATION_ERROR', [problem]);
  try {
    return schema.parse(input);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw refusal(codeOf(error.issues), error.issues.map(toIssue));
  }
}

interface Issue {
  readonly path: string;
  readonly message: string;
}

function toIssue(issue: z.core.$ZodIssue): Issue {
  return { path: issue.path.map(String).join('.'), message: issue.message };
}

/** A schema may name its own code: `params: { errorCode }` on a custom issue. */
function codeOf(issues: readonly z.core.$ZodIssue[]): ErrorCode {
  for (const issue of issues) {
    const code: unknown = issue.code === 'custom' ? issue.params?.['errorCode'] : undefined;
    if (typeof code === 'string' && isErrorCode(code)) return code;
  }
  return 'VALIDATION_ERROR';
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

function refusal(code: ErrorCode, all: readonly Issue[]): AppError {
  const issues: JsonObject[] = all.slice(0, ISSUES_MAX).map(({ path, message }) => ({
    path: cut(path, ISSUE_TEXT_LENGTH_MAX),
    message: cut(message, ISSUE_TEXT_LENGTH_MAX),
  }));
  const [first] = all;
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : '';
  const where = first === undefined || first.path === '' ? '' : `${cut(first.path, ISSUE_TEXT_LENGTH_MAX)}: `;
  return new AppError(code, `${where}${cut(first?.message ?? 'invalid', ISSUE_TEXT_LENGTH_MAX)}${more}`, { issues });
}
