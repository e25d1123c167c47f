import type { EventType } from '../api/types.js';

interface Group {
  readonly name: string;
  readonly types: readonly EventType[];
}

/** What people filter by; together all types there are. */
export const EVENT_GROUPS: readonly Group[] = [
  { name: 'Decision', types: ['proposal.created', 'proposal.updated', 'decision.finalized'] },
  { name: 'Policy', types: ['policy.resolved', 'policy.commitment.evaluated', 'policy.denied'] },
  { name: 'Messages', types: ['message.received', 'message.sent', 'message.send_failed'] },
  { name: 'Signals', types: ['signal.emitted', 'signal.acknowledged', 'progress.reported'] },
  { name: 'Models and tools', types: ['llm.call.completed', 'tool.called', 'tool.completed', 'artifact.created'] },
  {
    name: 'Run and session',
    types: [
      'run.created',
      'run.started',
      'run.suspended',
      'run.resumed',
      'run.completed',
      'run.failed',
      'run.cancelled',
      'session.bound',
      'session.state.changed',
      'session.stream.opened',
      'participant.seen',
    ],
  },
];

const KNOWN = new Map(EVENT_GROUPS.flatMap(({ types }) => types.map((type) => [type as string, type] as const)));

/** The types in a comma-separated text; what is no type is left out. */
export function typesIn(text: string | undefined): readonly EventType[] {
  return (text ?? '').split(',').flatMap((word) => KNOWN.get(word) ?? []);
}

/** As it stands in an address; nothing when there is no filter. */
export function typesText(types: readonly EventType[]): { readonly types?: string } {
  return types.length === 0 ? {} : { types: types.join(',') };
}
