import type { EventOf, EventType } from '../contracts/events.js';
import type { RunBlock } from '../contracts/projection.js';
import { RUN_STATUSES, isTerminal, type RunStatus } from '../contracts/run.js';
import { EXTENSION_KEYS_MAX } from '../contracts/session.js';
import { MESSAGE_CHARS_MAX, WORD_CHARS_MAX } from './bounds.js';
import { flagOf, idOf, idsOf, isRecord, textOf, timeOf } from './read.js';
import { present, type Events, type Update } from './update.js';

/** The status each event of the run itself bears. Read from its type: `data.status` is the same word for readers. */
const STATUS_OF = {
  'run.created': 'queued',
  'run.started': 'starting',
  'run.suspended': 'suspended',
  'run.resumed': 'running',
  'run.completed': 'completed',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
} as const satisfies Partial<Record<EventType, RunStatus>>;

/** What a session may make of a run: it ends only by an event of its own. */
const GOING: readonly RunStatus[] = RUN_STATUSES.filter((status) => !isTerminal(status));

/** The status borne, unless the run has ended: nothing leaves a terminal status. */
function nextStatus(run: RunBlock, borne: RunStatus | undefined): RunStatus {
  return borne === undefined || isTerminal(run.status) ? run.status : borne;
}

function goingStatus(value: unknown): RunStatus | undefined {
  return GOING.find((status) => status === value);
}

/** The smaller of two times in the one form we serve, where text order is time order. */
export function earlier<T extends string>(left: T | undefined, right: T | undefined): T | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left <= right ? left : right;
}

function word(value: unknown): string | undefined {
  return textOf(value, WORD_CHARS_MAX);
}

function identifier(value: unknown): string | undefined {
  const id = idOf(value);
  return id.trim() === '' ? undefined : id;
}

/** Extension keys in a fixed order, each once. */
function keysOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? [...new Set(idsOf(value))].sort().slice(0, EXTENSION_KEYS_MAX) : undefined;
}

function revise<T extends EventType>(change: (run: RunBlock, event: Events[T]) => RunBlock): Update<T> {
  return ({ view }, event) => {
    view.run = change(view.run, event);
  };
}

export const createRun: Update<'run.created'> = (draft, { data }) => {
  const { run } = draft.view;
  const modeName = word(data.modeName) ?? run.modeName;
  draft.view.run = present<RunBlock>({
    ...run,
    status: nextStatus(run, STATUS_OF['run.created']),
    modeName,
    runtimeKind: word(data.runtimeKind) ?? run.runtimeKind,
    runtimeSessionId: identifier(data.sessionId) ?? run.runtimeSessionId,
  });
  const prompt = textOf(data.decisionPrompt, MESSAGE_CHARS_MAX);
  draft.book = { ...draft.book, modeName, ...(prompt === undefined ? {} : { decisionPrompt: prompt }) };
};

export const startRun: Update<'run.started'> = revise((run, { data }) =>
  present<RunBlock>({
    ...run,
    status: nextStatus(run, STATUS_OF['run.started']),
    startedAt: earlier(run.startedAt, timeOf(data.startedAt)),
  }),
);

/** The runtime's word on the session wins over what the run was created with, where it says anything. */
export const bindRun: Update<'session.bound'> = (draft, { data }) => {
  const { run } = draft.view;
  const modeName = word(data.modeName) ?? run.modeName;
  draft.view.run = present<RunBlock>({
    ...run,
    status: nextStatus(run, goingStatus(data.runStatus)),
    modeName,
    modeVersion: word(data.modeVersion) ?? run.modeVersion,
    configurationVersion: word(data.configurationVersion) ?? run.configurationVersion,
    policyVersion: word(data.policyVersion) ?? run.policyVersion,
    initiator: identifier(data.initiator) ?? run.initiator,
    runtimeSessionId: identifier(data.sessionId) ?? run.runtimeSessionId,
    startedAt: earlier(run.startedAt, timeOf(data.startedAt)),
    expiresAt: timeOf(data.expiresAt) ?? run.expiresAt,
    contextId: identifier(data.contextId) ?? run.contextId,
    extensionKeys: keysOf(data.extensionKeys) ?? run.extensionKeys,
  });
  draft.book = { ...draft.book, modeName, declared: declaredIn(data.participants).length };
};

interface Declared {
  readonly id: string;
  readonly role?: string;
}

/** The declared participants of a session, each once, in the runtime's order. */
export function declaredIn(participants: unknown): readonly Declared[] {
  if (!Array.isArray(participants)) return [];
  const byId = new Map<string, Declared>();
  for (const entry of participants as readonly unknown[]) {
    const listed: Readonly<Record<string, unknown>> = isRecord(entry) ? entry : {};
    const id = identifier(listed['participantId']);
    if (id !== undefined && !byId.has(id)) byId.set(id, present<Declared>({ id, role: word(listed['role']) }));
  }
  return [...byId.values()];
}

export const followSession: Update<'session.state.changed'> = revise((run, { data }) =>
  present<RunBlock>({
    ...run,
    status: nextStatus(run, goingStatus(data.runStatus)),
    sessionState: word(data.state) ?? run.sessionState,
    expiresAt: timeOf(data.expiresAt) ?? run.expiresAt,
    contextId: identifier(data.contextId) ?? run.contextId,
    extensionKeys: keysOf(data.extensionKeys) ?? run.extensionKeys,
  }),
);

/** The SessionStart envelope is the only place where the intent is told. */
export const readSessionStart: Update<'message.received'> = ({ view }, { data }) => {
  if (data.messageType !== 'SessionStart' || flagOf(data.ambient)) return;
  view.run = present<RunBlock>({
    ...view.run,
    intent: view.run.intent ?? textOf(data['intent'], MESSAGE_CHARS_MAX),
    contextId: view.run.contextId ?? identifier(data['contextId']),
  });
};

export const pauseOrResume: Update<'run.suspended' | 'run.resumed'> = revise((run, { type }) => ({
  ...run,
  status: nextStatus(run, STATUS_OF[type]),
}));

/** The first terminal event ends the run; whatever claims to end it again is only in the log. */
export const endRun: Update<'run.completed' | 'run.failed' | 'run.cancelled'> = ({ view, book }, event) => {
  if (book.terminal) return;
  const { run } = view;
  const { data } = event;
  view.run = present<RunBlock>({
    ...run,
    status: nextStatus(run, STATUS_OF[event.type]),
    endedAt: timeOf(data.endedAt) ?? event.ts,
    runtimeSessionId: run.runtimeSessionId ?? identifier(data.runtimeSessionId),
    error: event.type === 'run.failed' ? failureOf(event) : undefined,
  });
};

function failureOf({ data }: EventOf<'run.failed'>): { readonly code: string; readonly message: string } {
  return { code: word(data.errorCode) ?? '', message: textOf(data.error, MESSAGE_CHARS_MAX) ?? '' };
}

/** Last in the row of a terminal event: the slices before it see whether the run was still going. */
export const closeRun: Update<'run.completed' | 'run.failed' | 'run.cancelled'> = (draft) => {
  if (!draft.book.terminal) draft.book = { ...draft.book, terminal: true };
};
