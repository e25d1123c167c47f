import type { Envelope } from '../gen/macp/v1/envelope_pb.js';
import { refuse, type Refusal } from './errors.js';
import { isBlank } from './text.js';

export const PROTOCOL_VERSION = '1.0';
export const SESSION_START = 'SessionStart';

/** Signals, and Progress of either kind, are passed on to WatchSignals and kept nowhere. */
export function isAmbient({ messageType }: Envelope): boolean {
  return messageType === 'Signal' || messageType === 'Progress';
}

/** The form of an envelope, before anybody asks who sent it; undefined = nothing speaks against it. */
export function refuseShape(envelope: Envelope, payloadBytesMax: number): Refusal | undefined {
  const { messageType, messageId, sessionId, mode } = envelope;
  if (envelope.macpVersion !== PROTOCOL_VERSION) return refuse('InvalidMacpVersion');
  if (messageType === '' || messageId === '' || !isAddressed(messageType, sessionId, mode)) {
    return refuse('InvalidEnvelope');
  }
  return envelope.payload.length > payloadBytesMax ? refuse('PayloadTooLarge') : undefined;
}

/** A Signal belongs to no session, Progress to one or to none, everything else to one. */
function isAddressed(messageType: string, sessionId: string, mode: string): boolean {
  if (messageType === 'Signal') return sessionId === '' && mode === '';
  if (messageType === 'Progress' && sessionId === '') return mode === '';
  return sessionId !== '' && !isBlank(mode);
}
