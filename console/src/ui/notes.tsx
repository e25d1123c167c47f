import type { ReactNode } from 'react';
import { ApiError, OFFLINE, UNREADABLE } from '../api/api-error.js';
import { Button } from './button.js';

/** There is nothing, and that is all right. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="note">
      <p className="note-title">{title}</p>
      {children}
    </div>
  );
}

/** Something is on its way. Lines stand where it will be, so that the page does not jump. */
export function Loading({ lines = 3, what }: { lines?: number; what: string }) {
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">Loading {what} …</span>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className="loading-line" aria-hidden="true" />
      ))}
    </div>
  );
}

/** What went wrong, in the API’s own words, and what can be done about it. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = error instanceof ApiError ? error : undefined;
  return (
    <div className="note" data-tone="bad" role="alert">
      <p className="note-title">{titleOf(problem)}</p>
      <p>{problem?.message ?? messageOf(error)}</p>
      {problem && problem.code !== OFFLINE && (
        <p className="quiet">
          <code>{problem.code}</code>
          {problem.traceId !== undefined && (
            <>
              {' '}
              · trace <code>{problem.traceId}</code>
            </>
          )}
        </p>
      )}
      {onRetry && <Button onPress={onRetry}>Try again</Button>}
    </div>
  );
}

function titleOf(problem: ApiError | undefined): string {
  if (!problem) return 'This part of the page broke';
  if (problem.status === 0) return 'No connection';
  if (problem.status === 401) return 'Signed out';
  if (problem.status === 403) return 'Not allowed';
  if (problem.status === 404) return 'Not found';
  if (problem.status < 500 && problem.code === UNREADABLE) return 'Somebody else answered';
  return problem.status >= 500 ? 'The control plane could not answer' : 'The control plane refused this';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
