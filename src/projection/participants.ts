import type { CanonicalEvent, EventOf } from '../contracts/events.js';
import type { ParticipantStatus, ParticipantView } from '../contracts/projection.js';
import { cut } from '../contracts/text.js';
import { ID_CHARS_MAX, PARTICIPANTS_MAX, SUMMARY_CHARS_MAX, WORD_CHARS_MAX } from './bounds.js';
import type { Draft } from './draft.js';
import { flagOf, idOf, idsOf, isRecord, textOf } from './read.js';
import { declaredIn } from './run.js';
import { present, type Update } from './update.js';

type Change = (participant: ParticipantView) => ParticipantView;

/** Changes one participant, if listed. */
function change(draft: Draft, id: string, update: Change): void {
  const { participants } = draft.view;
  const index = participants.findIndex((participant) => participant.participantId === id);
  const found = participants[index];
  if (found === undefined) return;
  const changed = update(found);
  if (changed !== found) draft.setParticipants(draft.replace(participants, index, changed));
}

/** Changes whomever `update` gives another object. */
function changeAll(draft: Draft, update: Change): void {
  for (const [place, participant] of draft.view.participants.entries()) {
    const changed = update(participant);
    if (changed !== participant) draft.setParticipants(draft.replace(draft.view.participants, place, changed));
  }
}

function isListed({ view }: Draft, id: string): boolean {
  return view.participants.some((participant) => participant.participantId === id);
}

/** A status to give while the run goes on; once it has ended, each keeps what the sweep made of it. */
function moved({ book }: Draft, participant: ParticipantView, status: ParticipantStatus): ParticipantStatus {
  return book.terminal ? participant.status : status;
}

function newcomer(participantId: string, declared: boolean, role?: string): ParticipantView {
  return present<ParticipantView>({ participantId, role, declared, status: 'idle', messageCount: 0 });
}

/** Adds one participant at the end, if there is room and the id is not blank. */
function add(draft: Draft, participant: ParticipantView): void {
  const { participants } = draft.view;
  if (participant.participantId.trim() === '') return;
  if (participants.length >= PARTICIPANTS_MAX) draft.view.participantsTruncated = true;
  else draft.setParticipants(draft.append(participants, participant, PARTICIPANTS_MAX));
}

/** All declared participants at once: one pass over both lists, however many there are. */
export const declareParticipants: Update<'session.bound'> = (draft, { data }) => {
  const missing = new Map(declaredIn(data.participants).map((entry) => [entry.id, entry]));
  changeAll(draft, (participant) => {
    const entry = missing.get(participant.participantId);
    if (entry === undefined) return participant;
    missing.delete(participant.participantId);
    return present<ParticipantView>({ ...participant, declared: true, role: participant.role ?? entry.role });
  });
  for (const entry of missing.values()) add(draft, newcomer(entry.id, true, entry.role));
};

export const addSeen: Update<'participant.seen'> = (draft, { data }) => {
  const id = idOf(data.participantId);
  const role = textOf(data.role, WORD_CHARS_MAX);
  if (!isListed(draft, id)) add(draft, newcomer(id, flagOf(data.declared), role));
  else {
    change(draft, id, (participant) =>
      role === undefined || participant.role !== undefined ? participant : { ...participant, role },
    );
  }
};

/** A message on the stream: its sender is at work, those it is addressed to are next. */
export const noteMessage: Update<'message.received'> = (draft, event) => {
  const { data, ts, seq } = event;
  if (flagOf(data.ambient)) return;
  const sender = idOf(data.sender);
  if (!isListed(draft, sender)) add(draft, newcomer(sender, false));
  change(draft, sender, (participant) =>
    // Assigned, because V8 is slow at a literal that begins with a spread and then grows.
    Object.assign({}, participant, {
      status: moved(draft, participant, 'active'),
      latestActivityAt: ts,
      latestSeq: seq,
      latestSummary: messageSummary(event),
      messageCount: participant.messageCount + 1,
    }),
  );
  if (!draft.book.terminal) passTurn(draft, sender, idsOf(data.to));
};

function messageSummary({ data }: EventOf<'message.received'>): string {
  const action = textOf(data.action, SUMMARY_CHARS_MAX);
  const messageType = textOf(data.messageType, WORD_CHARS_MAX) ?? '';
  return cut(action === undefined ? messageType : `${messageType} ${action}`, SUMMARY_CHARS_MAX);
}

function passTurn(draft: Draft, sender: string, to: readonly string[]): void {
  if (to.length === 0) return;
  const addressed = new Set(to);
  changeAll(draft, (participant) => {
    const waits = participant.status === 'idle' || participant.status === 'active';
    const isMeant = participant.participantId !== sender && addressed.has(participant.participantId);
    return waits && isMeant ? { ...participant, status: 'waiting' } : participant;
  });
}

/** A proposal to nobody in particular waits for every declared participant who has not spoken yet. */
export const awaitOthers: Update<'proposal.created'> = (draft, { data }) => {
  if (draft.book.terminal || idsOf(data.to).length > 0) return;
  const sender = idOf(data.sender);
  changeAll(draft, (participant) =>
    participant.declared && participant.status === 'idle' && participant.participantId !== sender
      ? { ...participant, status: 'waiting' }
      : participant,
  );
};

/** A sign of life beside the stream; a blank summary leaves the last one standing. */
function noteActivity(
  draft: Draft,
  sender: string,
  { ts, seq }: Pick<CanonicalEvent, 'ts' | 'seq'>,
  summary: unknown,
): void {
  change(draft, sender, (participant) =>
    present<ParticipantView>({
      ...participant,
      status: participant.status === 'idle' ? moved(draft, participant, 'active') : participant.status,
      latestActivityAt: ts,
      latestSeq: seq,
      latestSummary: textOf(summary, SUMMARY_CHARS_MAX) ?? participant.latestSummary,
    }),
  );
}

export const noteSignal: Update<'signal.emitted'> = (draft, event) => {
  const { data } = event;
  if (!flagOf(data.member)) return;
  const sender = idOf(data.sender);
  noteActivity(draft, sender, event, data.name);
  if (data.name === 'session.started') introduce(draft, sender, data.data);
};

/** Agents tell with their first signal who they are; the first telling stands. */
function introduce(draft: Draft, sender: string, told: unknown): void {
  if (!isRecord(told)) return;
  change(draft, sender, (participant) =>
    present<ParticipantView>({
      ...participant,
      role: participant.role ?? textOf(told['role'], WORD_CHARS_MAX),
      framework: participant.framework ?? textOf(told['framework'], WORD_CHARS_MAX),
      agentRef: participant.agentRef ?? textOf(told['agentRef'], ID_CHARS_MAX),
    }),
  );
}

export const noteProgress: Update<'progress.reported'> = (draft, event) => {
  const { data } = event;
  if (data.member !== false) noteActivity(draft, idOf(data.sender), event, data.message);
};

const TASK_END: ReadonlyMap<unknown, ParticipantStatus> = new Map([
  ['TaskComplete', 'completed'],
  ['TaskFail', 'failed'],
]);

export const finishTask: Update<'proposal.updated'> = (draft, { data }) => {
  const status = TASK_END.get(data.messageType);
  if (status === undefined || draft.book.terminal) return;
  change(draft, idOf(data.sender), (participant) => ({ ...participant, status }));
};

/** The end of the run decides about everybody; on a failure whoever was active last is held to have failed. */
export const sweep: Update<'run.completed' | 'run.failed' | 'run.cancelled'> = (draft, { type }) => {
  if (draft.book.terminal) return;
  const culprit = type === 'run.failed' ? latestActive(draft.view.participants) : undefined;
  changeAll(draft, (participant) => {
    const status = endStatus(participant, participant === culprit);
    return status === participant.status ? participant : { ...participant, status };
  });
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
