import { EventLink } from '../event-link.js';
import type { Verdict } from './scene.js';

const MARKS = { neutral: '○', active: '…', waiting: '…', good: '✓', bad: '✕', warning: '‖' } as const;

export function VerdictCard({ runId, verdict, isLatest }: { runId: string; verdict: Verdict; isLatest: boolean }) {
  return (
    <div className="picture-verdict">
      <EventLink runId={runId} seq={verdict.seq} className="picture-card-link">
        <span
          className="picture-verdict-card"
          data-tone={verdict.tone}
          data-final={verdict.isFinal || undefined}
          data-latest={isLatest || undefined}
        >
          <span className="picture-mark" aria-hidden="true">
            {MARKS[verdict.tone]}
          </span>
          <strong>{verdict.verdict}</strong>
          <span className="picture-rest">{verdict.rest}</span>
          {verdict.by !== undefined && <span className="picture-by">{verdict.by} commits</span>}
        </span>
      </EventLink>
    </div>
  );
}
