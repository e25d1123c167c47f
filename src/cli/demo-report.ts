import type { CurrentDecision, DecisionProposal, RunStateView, VoteTallyRow } from '../contracts/projection.js';
import { cut } from '../contracts/text.js';
import { nameOf, saying } from './demo-events.js';

const WHY_LENGTH_MAX = 76;

/** Who said what and why, the outcome, and where it is recorded. */
export function decisionReport(view: RunStateView, tookMs: number): string[] {
  const { run, decision, policy } = view;
  const current = decision.current;
  if (!current) return [`Run ${run.runId} ended ${run.status}, without a decision.`];
  return [
    title('Who said what, and why'),
    ...positions(current.proposals, view),
    ...(policy.voteTally.length > 0 ? ['', ...policy.voteTally.map(tallyLine)] : []),
    '',
    title('The decision'),
    ...outcome(current),
    '',
    row('run', `${run.runId} · ${run.status}`),
    row('took', `${(tookMs / 1_000).toFixed(2)} s · ${view.timeline.totalEvents} events`),
  ];
}

/** Where to look while the service is kept running. */
export function keepReport(url: string, runId: string): string[] {
  return [
    title(`The control plane keeps running at ${url} (Ctrl-C ends it)`),
    `  curl ${url}/runs/${runId}`,
    `  curl ${url}/runs/${runId}/state`,
    `  curl ${url}/runs/${runId}/events`,
    `  curl ${url}/runs/${runId}/metrics`,
    `  curl -N '${url}/runs/${runId}/stream?afterSeq=0&closeOnEnd=true'`,
  ];
}

export function row(name: string, value: string): string {
  return `  ${name.padEnd(15)}${value}`;
}

function title(text: string): string {
  return `${text}\n${'─'.repeat(text.length)}`;
}

function positions(proposals: readonly DecisionProposal[], view: RunStateView): string[] {
  const roles = new Map(view.participants.map(({ participantId, role }) => [participantId, role ?? '']));
  const rows = proposals.map(({ participantId, messageType, action, confidence, reasons }) => [
    nameOf(participantId),
    roles.get(participantId) ?? '',
    `${saying(messageType, cut(action, 32))}${confidence === undefined ? '' : ` (${confidence})`}`,
    cut(reasons[0] ?? '', WHY_LENGTH_MAX),
  ]);
  return table([['who', 'role', 'said', 'why'], ...rows]);
}

function tallyLine({ commitmentId, allow, deny, abstain, quorum }: VoteTallyRow): string {
  const required = quorum.required > 0 ? ` · ${quorum.cast} cast of ${quorum.required} required` : '';
  return row('votes', `${allow} for, ${deny} against, ${abstain} abstained (${commitmentId})${required}`);
}

function outcome(current: CurrentDecision): string[] {
  const meaning: Record<string, string> = { true: 'a positive outcome', false: 'a negative outcome' };
  return [
    ...(current.prompt ? [row('question', current.prompt)] : []),
    row('outcome', `${current.action} · ${meaning[String(current.outcomePositive)] ?? 'outcome unknown'}`),
    row('because', current.reasons[0] ?? '–'),
    row('committed by', `${nameOf(current.resolvedBy ?? '–')} at ${current.resolvedAt ?? '–'}`),
  ];
}

/** Columns as wide as their widest cell, the last one open. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (wide, cells) => cells.map((cell, column) => Math.max(cell.length, wide[column] ?? 0)),
    [],
  );
  return rows.map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}
