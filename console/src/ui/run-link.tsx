import { Link } from '@tanstack/react-router';
import type { Run } from '../api/types.js';
import { shortId } from '../words/names.js';
import { excerpt, EXCERPT_MAX } from '../words/read.js';
import { runTitle } from '../words/run.js';
import { Badge } from './badge.js';

/** A run by its name, with what sets it apart from an ordinary one. */
export function RunLink({ run }: { run: Run }) {
  const title = runTitle(run);
  const isCut = title.length > EXCERPT_MAX;
  const short = excerpt(title);
  return (
    <span className="run-link">
      <Link to="/runs/$runId" params={{ runId: run.id }} title={isCut ? title : undefined}>
        {short}
      </Link>{' '}
      <RunMarks run={run} />
    </span>
  );
}

function RunMarks({ run }: { run: Run }) {
  return (
    <>
      {run.mode === 'sandbox' && <Badge tone="neutral">Sandbox</Badge>}
      {run.archivedAt !== null && <Badge tone="neutral">Archived</Badge>}
      {!runTitle(run).includes(shortId(run.id)) && <code className="quiet">{shortId(run.id)}</code>}
    </>
  );
}
