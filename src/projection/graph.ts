import type { GraphEdge, GraphNode, ParticipantStatus, ParticipantView } from '../contracts/projection.js';
import { EDGES_MAX, KICKOFF_EDGES_MAX, WORD_CHARS_MAX } from './bounds.js';
import type { Draft } from './draft.js';
import { flagOf, idOf, idsOf, textOf } from './read.js';
import type { Update } from './update.js';

/** The steps every run goes through, drawn beside its participants. */
const LIFECYCLE_KIND = {
  __start: 'start',
  __proposal: 'proposal',
  __decision: 'decision',
  __outcome: 'output',
} as const satisfies Record<string, GraphNode['kind']>;
type LifecycleId = keyof typeof LIFECYCLE_KIND;
type LifecycleStatus = Extract<ParticipantStatus, 'active' | 'completed' | 'failed'>;

/** A lifecycle node only rises. */
const RANK: Record<ParticipantStatus, number> = { idle: 0, skipped: 0, waiting: 1, active: 2, completed: 3, failed: 4 };

/** Names that begin like ours could pass for a lifecycle node; such participants are not drawn. */
function isDrawn(participantId: string): boolean {
  return !participantId.startsWith('__') && participantId.trim() !== '';
}

/** How many of the nodes are steps; those of the participants come behind them, in the order of their list. */
function stepsIn(nodes: readonly GraphNode[]): number {
  const first = nodes.findIndex((node) => node.kind === 'participant');
  return first < 0 ? nodes.length : first;
}

/** Lifts a lifecycle node to a status. A missing one is made only if `create` is set. */
function raise({ view }: Draft, id: LifecycleId, status: LifecycleStatus, create: boolean): void {
  const { nodes, edges } = view.graph;
  const index = nodes.findIndex((node) => node.id === id);
  const found = nodes[index];
  if (found === undefined) {
    if (!create) return;
    view.graph = { nodes: nodes.toSpliced(stepsIn(nodes), 0, { id, kind: LIFECYCLE_KIND[id], status }), edges };
  } else if (RANK[found.status] < RANK[status]) {
    view.graph = { nodes: nodes.with(index, { ...found, status }), edges };
  }
}

/** Adds an edge; a known one (from, to, kind) gets a new time where it stands. */
function connect(draft: Draft, edge: GraphEdge): void {
  if (edge.from === '' || edge.to === '') return;
  const { nodes, edges } = draft.view.graph;
  const index = edges.findIndex(({ from, to, kind }) => from === edge.from && to === edge.to && kind === edge.kind);
  const drawn = index < 0 ? draft.append(edges, edge, EDGES_MAX) : draft.replace(edges, index, edge);
  draft.view.graph = { nodes, edges: drawn };
}

/** The id of a participant as an end of an edge; '' (no edge) for one that is not drawn. */
function end(participantId: unknown): string {
  const id = idOf(participantId);
  return isDrawn(id) ? id : '';
}

/** Brings the participants' nodes in line with their list, which only grows at its end. */
export function mirrorParticipants(draft: Draft): void {
  if (!draft.isGraphBehind) return;
  draft.isGraphBehind = false;
  const { nodes, edges } = draft.view.graph;
  let mirrored = nodes;
  let place = stepsIn(nodes);
  for (const { participantId: id, status } of draft.view.participants) {
    if (!isDrawn(id)) continue;
    const isSame = mirrored[place]?.status === status;
    if (!isSame) mirrored = draft.replace(mirrored, place, { id, kind: 'participant', status });
    place += 1;
  }
  if (mirrored !== nodes) draft.view.graph = { nodes: mirrored, edges };
}

export const openStart: Update<'session.bound'> = (draft) => raise(draft, '__start', 'active', true);

export const drawMessage: Update<'message.received'> = (draft, event) => {
  const { data, ts, seq } = event;
  if (flagOf(data.ambient)) return;
  raise(draft, '__start', 'completed', false);
  const from = end(data.sender);
  if (data.messageType === 'SessionStart') drawKickoff(draft, from, { ts, seq });
  for (const to of idsOf(data.to)) connect(draft, { from, to: end(to), kind: 'message', ts, seq });
};

function drawKickoff(draft: Draft, sender: string, { ts, seq }: Pick<GraphEdge, 'ts' | 'seq'>): void {
  const isOther = ({ declared, participantId }: ParticipantView): boolean =>
    declared && participantId !== sender && isDrawn(participantId);
  const others = draft.view.participants.filter(isOther).slice(0, KICKOFF_EDGES_MAX);
  connect(draft, { from: '__start', to: sender, kind: 'kickoff', ts, seq });
  for (const { participantId: to } of others) connect(draft, { from: sender, to, kind: 'kickoff', ts, seq });
}

export const drawProposal: Update<'proposal.created'> = (draft, { data, ts, seq }) => {
  raise(draft, '__proposal', 'active', true);
  connect(draft, { from: end(data.sender), to: '__proposal', kind: 'proposal', ts, seq });
};

export const drawAnswer: Update<'proposal.updated'> = (draft, { data, ts, seq }) => {
  const sender = end(data.sender);
  const kind = (textOf(data.messageType, WORD_CHARS_MAX) ?? 'message').toLowerCase();
  const isFirstWord = data.messageType === 'Contribute';
  if (isFirstWord) raise(draft, '__proposal', 'active', true);
  raise(draft, '__decision', 'active', true);
  connect(draft, { from: '__proposal', to: sender, kind: 'message', ts, seq });
  connect(draft, { from: sender, to: '__decision', kind, ts, seq });
};

export const drawDecision: Update<'decision.finalized'> = (draft, { data, ts, seq }) => {
  raise(draft, '__proposal', 'completed', false);
  raise(draft, '__decision', 'completed', true);
  raise(draft, '__outcome', 'completed', true);
  connect(draft, { from: end(data.sender), to: '__decision', kind: 'commitment', ts, seq });
  connect(draft, { from: '__decision', to: '__outcome', kind: 'commitment', ts, seq });
};

/** A run that ended badly before anything was decided shows that as its outcome. */
export const drawFailure: Update<'run.failed' | 'run.cancelled'> = (draft) => {
  const { book, view } = draft;
  if (!book.terminal && view.decision.current?.finalized !== true) raise(draft, '__outcome', 'failed', true);
};
