import type { ReactNode } from 'react';
import type { RunStatus } from '../api/types.js';
import { RUN_STATUS, type Tone } from '../words/status.js';

/** A word with a colour and a mark; the mark differs by tone too, so that colour is never all there is. */
export function Badge({ tone, title, children }: { tone: Tone; title?: string; children: ReactNode }) {
  return (
    <span className="badge" data-tone={tone} title={title}>
      <span className="badge-mark" aria-hidden="true">
        {MARKS[tone]}
      </span>
      {children}
    </span>
  );
}

const MARKS: Readonly<Record<Tone, string>> = {
  neutral: '○',
  active: '●',
  waiting: '◐',
  good: '✓',
  bad: '✕',
  warning: '‖',
};

export function StatusBadge({ status }: { status: RunStatus }) {
  const { word, tone, meaning } = RUN_STATUS[status];
  return (
    <Badge tone={tone} title={meaning}>
      {word}
    </Badge>
  );
}
