import type { EventOf } from '../contracts/events.js';
import type { GraphEdge, GraphNode, ParticipantStatus, Projection } from '../contracts/projection.js';
import { EDGES_MAX, KICKOFF_EDGES_MAX, WORD_CHARS_MAX } from './bounds.js';
import { flagOf, idOf, idsOf, textOf } from './read.js';
import { withView, type Update } from './update.js';

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

function withNodes(projection: Projection, nodes: readonly GraphNode[]): Projection {
  return withView(projection, { graph: { ...projection.view.graph, nodes } });
}

/** Lifts a lifecycle node to a status. A missing one is made only if `create` is set. */
function raise(projection: Projection, id: LifecycleId, status: LifecycleStatus, create: boolean): Projection {
  const { nodes } = projection.view.graph;
  const index = nodes.findIndex((node) => node.id === id);
  const found = nodes[index];
  if (found !== undefined) {
    return RANK[found.status] < RANK[status]
      ? withNodes(projection, nodes.with(index, { ...found, status }))
      : projection;
  }
  if (!create) return projection;
  const made: GraphNode = { id, kind: LIFECYCLE_KIND[id], status };
  // Lifecycle nodes stand before the participants, whose nodes are matched with the list of participants by place.
  const lifecycle = nodes.filter((node) => node.kind !== 'participant');
  return withNodes(projection, [...lifecycle, made, ...nodes.slice(lifecycle.length)]);
}

/** Adds edges in order; a known one (from, to, kind) gets a new time where it stands. */
function connect(projection: Projection, added: readonly GraphEdge[]): Projection {
  const drawn = added.filter((edge) => edge.from !== '' && edge.to !== '');
  if (drawn.length === 0) return projection;
  const edges = projection.view.graph.edges.slice();
  for (const edge of drawn) {
    const index = edges.findIndex(({ from, to, kind }) => from === edge.from && to === edge.to && kind === edge.kind);
    if (index >= 0) {
      edges[index] = edge;
      continue;
    }
    edges.push(edge);
    if (edges.length > EDGES_MAX) edges.shift();
  }
  return withView(projection, { graph: { ...projection.view.graph, edges } });
}

/** The id of a participant as an end of an edge; '' (no edge) for one that is not drawn. */
function end(participantId: unknown): string {
  const id = idOf(participantId);
  return isDrawn(id) ? id : '';
}

/** Brings the participants' nodes in line with their list, which only grows at its end. */
export function mirrorParticipants(before: Projection, after: Projection): Projection {
  const { participants, graph } = after.view;
  if (participants === before.view.participants) return after;
  const lifecycle = graph.nodes.filter((node) => node.kind !== 'participant');
  const known = graph.nodes.slice(lifecycle.length);
  const mirrored = participants
    .filter((participant) => isDrawn(participant.participantId))
    .map(({ participantId: id, status }, place): GraphNode => {
      const node = known[place];
      return node?.status === status ? node : { id, kind: 'participant', status };
    });
  const isChanged = mirrored.length !== known.length || mirrored.some((node, place) => node !== known[place]);
  return isChanged ? withNodes(after, [...lifecycle, ...mirrored]) : after;
}

export const openStart: Update<'session.bound'> = (projection) => raise(projection, '__start', 'active', true);

export const drawMessage: Update<'message.received'> = (projection, event) => {
  const { data, ts, seq } = event;
  if (flagOf(data.ambient)) return projection;
  const begun = raise(projection, '__start', 'completed', false);
  const from = end(data.sender);
  const addressed = idsOf(data.to).map((to): GraphEdge => ({ from, to: end(to), kind: 'message', ts, seq }));
  const kickoff = data.messageType === 'SessionStart' ? kickoffEdges(begun, from, { ts, seq }) : [];
  return connect(begun, [...kickoff, ...addressed]);
};

function kickoffEdges(
  projection: Projection,
  sender: string,
  { ts, seq }: Pick<GraphEdge, 'ts' | 'seq'>,
): readonly GraphEdge[] {
  const others = projection.view.participants
    .filter(({ declared, participantId }) => declared && participantId !== sender && isDrawn(participantId))
    .slice(0, KICKOFF_EDGES_MAX);
  return [
    { from: '__start', to: sender, kind: 'kickoff', ts, seq },
    ...others.map(({ participantId: to }): GraphEdge => ({ from: sender, to, kind: 'kickoff', ts, seq })),
  ];
}

export const drawProposal: Update<'proposal.created'> = (projection, { data, ts, seq }) =>
  connect(raise(projection, '__proposal', 'active', true), [
    { from: end(data.sender), to: '__proposal', kind: 'proposal', ts, seq },
  ]);

export const drawAnswer: Update<'proposal.updated'> = (projection, event) => {
  const isFirstWord = event.data.messageType === 'Contribute';
  const opened = isFirstWord ? raise(projection, '__proposal', 'active', true) : projection;
  return connect(raise(opened, '__decision', 'active', true), answerEdges(event));
};

function answerEdges({ data, ts, seq }: EventOf<'proposal.updated'>): readonly GraphEdge[] {
  const sender = end(data.sender);
  const kind = (textOf(data.messageType, WORD_CHARS_MAX) ?? 'message').toLowerCase();
  return [
    { from: '__proposal', to: sender, kind: 'message', ts, seq },
    { from: sender, to: '__decision', kind, ts, seq },
  ];
}

export const drawDecision: Update<'decision.finalized'> = (projection, { data, ts, seq }) => {
  const proposed = raise(projection, '__proposal', 'completed', false);
  const decided = raise(proposed, '__decision', 'completed', true);
  return connect(raise(decided, '__outcome', 'completed', true), [
    { from: end(data.sender), to: '__decision', kind: 'commitment', ts, seq },
    { from: '__decision', to: '__outcome', kind: 'commitment', ts, seq },
  ]);
};

/** A run that ended badly before anything was decided shows that as its outcome. */
export const drawFailure: Update<'run.failed' | 'run.cancelled'> = (projection) => {
  const { book, view } = projection;
  return book.terminal || view.decision.current?.finalized === true
    ? projection
    : raise(projection, '__outcome', 'failed', true);
};
