import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface EventLinkProps {
  readonly runId: string;
  /** The event it leads to; without one the children stand as they are. */
  readonly seq: number | undefined;
  readonly className?: string;
  readonly title?: string;
  readonly children: ReactNode;
}

/** Leads to an event of the run, and keeps everything else of the view. */
export function EventLink({ runId, seq, className, title, children }: EventLinkProps) {
  if (seq === undefined || seq < 1) {
    return (
      <span className={className} title={title}>
        {children}
      </span>
    );
  }
  return (
    <Link
      from="/runs/$runId"
      to="/runs/$runId"
      params={{ runId }}
      search={(former) => ({ ...former, event: seq })}
      resetScroll={false}
      className={className}
      title={title}
    >
      {children}
    </Link>
  );
}
