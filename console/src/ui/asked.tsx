import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorNote, Loading } from './notes.js';

/** Shows an answer, or that it is on its way, or why there is none. An answer that cannot be renewed stays, and says so. */
export function Asked<T>({
  query,
  what,
  lines,
  children,
}: {
  query: UseQueryResult<T>;
  what: string;
  lines?: number;
  children: (data: T) => ReactNode;
}) {
  if (query.data === undefined) {
    if (query.error) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />;
    return <Loading what={what} {...(lines !== undefined && { lines })} />;
  }
  return (
    <>
      {query.error && (
        <p className="stale" role="status">
          Not renewed: {query.error.message}
        </p>
      )}
      {children(query.data)}
    </>
  );
}
