import type { CanonicalEvent, EventOf } from '../contracts/events.js';
import type { ParticipantStatus, ParticipantView, Projection } from '../contracts/projection.js';
import { cut } from '../contracts/text.js';
import { ID_CHARS_MAX, PARTICIPANTS_MAX, SUMMARY_CHARS_MAX, WORD_CHARS_MAX } from './bounds.js';
import { flagOf, idOf, idsOf, isRecord, textOf } from './read.js';
import { declaredIn } from './run.js';
import { present, withView, type Update } from './update.js';

type Change = (participant: ParticipantView) => ParticipantView;

/** Changes one participant, if listed. */
function change(list: readonly ParticipantView[], id: string, update: Change): readonly ParticipantView[] {
  const index = list.findIndex((participant) => participant.participantId === id);
  const found = list[index];
  if (found === undefined) return list;
  const changed = update(found);
  return changed === found ? list : list.with(index, changed);
}

/** Changes whomever `update` gives another object; the same list if that is nobody. */
function changeAll(list: readonly ParticipantView[], update: Change): readonly ParticipantView[] {
  const next = list.map(update);
  return next.some((participant, place) => participant !== list[place]) ? next : list;
}

function isListed(projection: Projection, id: string): boolean {
  return projection.view.participants.some((participant) => participant.participantId === id);
}

function withList(projection: Projection, participants: readonly ParticipantView[]): Projection {
  return participants === projection.view.participants ? projection : withView(projection, { participants });
}

/** A status to give while the run goes on; once it has ended, each keeps what the sweep made of it. */
function moved(projection: Projection, participant: ParticipantView, status: ParticipantStatus): ParticipantStatus {
  return projection.book.terminal ? participant.status : status;
}

function newcomer(participantId: string, declared: boolean, role?: string): ParticipantView {
  return present<ParticipantView>({ participantId, role, declared, status: 'idle', messageCount: 0 });
}

/** Adds one participant at the end, if there is room and the id is not blank. */
function add(projection: Projection, participant: ParticipantView): Projection {
  const { participants } = projection.view;
  if (participant.participantId.trim() === '') return projection;
  if (participants.length >= PARTICIPANTS_MAX) return withView(projection, { participantsTruncated: true });
  return withList(projection, [...participants, participant]);
}

/** All declared participants at once: one pass over both lists, however many there are. */
export const declareParticipants: Update<'session.bound'> = (projection, { data }) => {
  const missing = new Map(declaredIn(data.participants).map((entry) => [entry.id, entry]));
  const known = changeAll(projection.view.participants, (participant) => {
    const entry = missing.get(participant.participantId);
    if (entry === undefined) return participant;
    missing.delete(participant.participantId);
    return present<ParticipantView>({ ...participant, declared: true, role: participant.role ?? entry.role });
  });
  const room = PARTICIPANTS_MAX - known.length;
  const added = [...missing.values()].slice(0, room).map((entry) => newcomer(entry.id, true, entry.role));
  const next = withList(projection, [...known, ...added]);
  return missing.size > room ? withView(next, { participantsTruncated: true }) : next;
};

export const addSeen: Update<'participant.seen'> = (projection, { data }) => {
  const id = idOf(data.participantId);
  const role = textOf(data.role, WORD_CHARS_MAX);
  if (!isListed(projection, id)) return add(projection, newcomer(id, flagOf(data.declared), role));
  const filled = change(projection.view.participants, id, (participant) =>
    role === undefined || participant.role !== undefined ? participant : { ...participant, role },
  );
  return withList(projection, filled);
};

/** A message on the stream: its sender is at work, those it is addressed to are next. */
export const noteMessage: Update<'message.received'> = (projection, event) => {
  const { data, ts, seq } = event;
  if (flagOf(data.ambient)) return projection;
  const sender = idOf(data.sender);
  const before = isListed(projection, sender) ? projection : add(projection, newcomer(sender, false));
  const spoken = change(before.view.participants, sender, (participant) =>
    // Assigned, because V8 is slow at a literal that begins with a spread and then grows.
    Object.assign({}, participant, {
      status: moved(before, participant, 'active'),
      latestActivityAt: ts,
      latestSeq: seq,
      latestSummary: messageSummary(event),
      messageCount: participant.messageCount + 1,
    }),
  );
  return withList(before, before.book.terminal ? spoken : nextInTurn(spoken, sender, new Set(idsOf(data.to))));
};

function messageSummary({ data }: EventOf<'message.received'>): string {
  const action = textOf(data.action, SUMMARY_CHARS_MAX);
  const messageType = textOf(data.messageType, WORD_CHARS_MAX) ?? '';
  return cut(action === undefined ? messageType : `${messageType} ${action}`, SUMMARY_CHARS_MAX);
}

function nextInTurn(
  list: readonly ParticipantView[],
  sender: string,
  addressed: ReadonlySet<string>,
): readonly ParticipantView[] {
  if (addressed.size === 0) return list;
  return changeAll(list, (participant) => {
    const waits = participant.status === 'idle' || participant.status === 'active';
    const isMeant = participant.participantId !== sender && addressed.has(participant.participantId);
    return waits && isMeant ? { ...participant, status: 'waiting' } : participant;
  });
}

/** A proposal to nobody in particular waits for every declared participant who has not spoken yet. */
export const awaitOthers: Update<'proposal.created'> = (projection, { data }) => {
  if (projection.book.terminal || idsOf(data.to).length > 0) return projection;
  const sender = idOf(data.sender);
  const waiting = changeAll(projection.view.participants, (participant) =>
    participant.declared && participant.status === 'idle' && participant.participantId !== sender
      ? { ...participant, status: 'waiting' }
      : participant,
  );
  return withList(projection, waiting);
};

/** A sign of life beside the stream; a blank summary leaves the last one standing. */
function noteActivity(
  projection: Projection,
  sender: string,
  { ts, seq }: Pick<CanonicalEvent, 'ts' | 'seq'>,
  summary: unknown,
): Projection {
  const noted = change(projection.view.participants, sender, (participant) =>
    present<ParticipantView>({
      ...participant,
      status: participant.status === 'idle' ? moved(projection, participant, 'active') : participant.status,
      latestActivityAt: ts,
      latestSeq: seq,
      latestSummary: textOf(summary, SUMMARY_CHARS_MAX) ?? participant.latestSummary,
    }),
  );
  return withList(projection, noted);
}

export const noteSignal: Update<'signal.emitted'> = (projection, event) => {
  const { data } = event;
  if (!flagOf(data.member)) return projection;
  const sender = idOf(data.sender);
  const noted = noteActivity(projection, sender, event, data.name);
  return data.name === 'session.started' ? introduce(noted, sender, data.data) : noted;
};

/** Agents tell with their first signal who they are; the first telling stands. */
function introduce(projection: Projection, sender: string, told: unknown): Projection {
  if (!isRecord(told)) return projection;
  const introduced = change(projection.view.participants, sender, (participant) =>
    present<ParticipantView>({
      ...participant,
      role: participant.role ?? textOf(told['role'], WORD_CHARS_MAX),
      framework: participant.framework ?? textOf(told['framework'], WORD_CHARS_MAX),
      agentRef: participant.agentRef ?? textOf(told['agentRef'], ID_CHARS_MAX),
    }),
  );
  return withList(projection, introduced);
}

export const noteProgress: Update<'progress.reported'> = (projection, event) => {
  const { data } = event;
  return data.member === false ? projection : noteActivity(projection, idOf(data.sender), event, data.message);
};

const TASK_END: ReadonlyMap<unknown, ParticipantStatus> = new Map([
  ['TaskComplete', 'completed'],
  ['TaskFail', 'failed'],
]);

export const finishTask: Update<'proposal.updated'> = (projection, { data }) => {
  const status = TASK_END.get(data.messageType);
  if (status === undefined || projection.book.terminal) return projection;
  const finished = change(projection.view.participants, idOf(data.sender), (participant) => ({
    ...participant,
    status,
  }));
  return withList(projection, finished);
};

/** The end of the run decides about everybody; on a failure whoever was active last is held to have failed. */
export const sweep: Update<'run.completed' | 'run.failed' | 'run.cancelled'> = (projection, { type }) => {
  if (projection.book.terminal) return projection;
  const { participants } = projection.view;
  const culprit = type === 'run.failed' ? latestActive(participants) : undefined;
  const swept = changeAll(participants, (participant) => {
    const status = endStatus(participant, participant === culprit);
    return status === participant.status ? participant : { ...participant, status };
  });
  return withList(projection, swept);
};

function endStatus(participant: ParticipantView, isCulprit: boolean): ParticipantStatus {
  if (participant.latestActivityAt === undefined) return 'skipped';
  return participant.status === 'failed' || isCulprit ? 'failed' : 'completed';
}

function latestActive(participants: readonly ParticipantView[]): ParticipantView | undefined {
  let latest: ParticipantView | undefined;
  for (const participant of participants) {
    if ((participant.latestActivityAt ?? '') > (latest?.latestActivityAt ?? '')) latest = participant;
  }
  return latest;
}
