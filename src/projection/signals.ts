import type { SignalView } from '../contracts/projection.js';
import { SIGNALS_MAX, SIGNAL_PAYLOAD_BYTES_MAX, WORD_CHARS_MAX } from './bounds.js';
import { flagOf, idOf, jsonOf, numberOf, textOf } from './read.js';
import { present, type Update } from './update.js';

export const listSignal: Update<'signal.emitted'> = (draft, { data, subject, seq, ts }) => {
  const { signals } = draft.view.signals;
  const signal = present<SignalView>({
    id: freeId(signals, idOf(subject.id), seq),
    name: textOf(data.name, WORD_CHARS_MAX) ?? textOf(data.signalType, WORD_CHARS_MAX) ?? '',
    severity: textOf(data.severity, WORD_CHARS_MAX),
    sourceParticipantId: idOf(data.sender),
    ts,
    seq,
    confidence: numberOf(data.confidence),
    payload: jsonOf(data.data, SIGNAL_PAYLOAD_BYTES_MAX),
    member: flagOf(data.member),
  });
  draft.view.signals = { signals: draft.append(signals, signal, SIGNALS_MAX) };
};

/** Clients key the list by id, but senders choose message ids and may repeat them. */
function freeId(signals: readonly SignalView[], wanted: string, seq: number): string {
  const taken = new Set(signals.map((signal) => signal.id));
  let id = wanted;
  // Ends within as many steps as there are signals listed: each step makes the id longer.
  while (taken.has(id)) id = `${id}#${seq}`;
  return id;
}

export const acknowledgeSignal: Update<'signal.acknowledged'> = (draft, { data, subject, ts }) => {
  const { signals } = draft.view.signals;
  const subjectId = idOf(subject.id);
  const index = signals.findLastIndex((signal) => isOfSubject(signal.id, subjectId));
  const found = signals[index];
  if (found === undefined) return;
  const acknowledged: SignalView = { ...found, acknowledgedAt: ts, acknowledgedBy: idOf(data.sender) };
  draft.view.signals = { signals: draft.replace(signals, index, acknowledged) };
};

/** The id itself, or the one it got because it was taken. */
function isOfSubject(id: string, subjectId: string): boolean {
  return id === subjectId || (id.startsWith(`${subjectId}#`) && /^[#\d]+$/.test(id.slice(subjectId.length)));
}
