import { ERROR_CODES, RUN_FAILURE_CODES } from './codes.js';

/** docs/ERRORS.md: the error table as a page. Generated, committed and compared with the code. */
export function errorsDocument(): string {
  const answers = Object.entries(ERROR_CODES)
    .sort(([a, x], [b, y]) => x.status - y.status || (a < b ? -1 : 1))
    .map(([code, { status, meaning }]) => [String(status), `\`${code}\``, meaning]);
  const failures = Object.entries(RUN_FAILURE_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]);
  return [
    '# Errors',
    '',
    'Every error answer has one shape, whatever went wrong, unknown routes and malformed requests included:',
    '',
    '```json',
    '{ "statusCode": 404, "errorCode": "RUN_NOT_FOUND", "message": "…", "details": {}, "traceId": "…" }',
    '```',
    '',
    '`errorCode` is one of the codes below and decides `statusCode`; programs should look at it and never at `message`.',
    '`details` is present when there is more to say. `traceId` names the request: the trace id of the `traceparent`',
    'header if there was one, otherwise made here; the log has it too. With 503 and 429 the header `Retry-After` says when',
    'to ask again, unless `details.retryable` is false. Where a runtime was asked, `details.retryable` says whether the same request may succeed later.',
    '',
    ...table([['status', 'errorCode', 'meaning'], ...answers]),
    '',
    '## Failures of runs',
    '',
    'A failed run carries one of these codes in its `run.failed` event (`data.errorCode`) and its record (`errorCode`):',
    '',
    ...table([['errorCode', 'meaning'], ...failures]),
    '',
  ].join('\n');
}

/** A table as the formatter writes it, so that formatting the page changes nothing: cells as wide as their column. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [head, ...body] = rows.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  return [head ?? '', line(widths.map((width) => '-'.repeat(width))), ...body];
}
