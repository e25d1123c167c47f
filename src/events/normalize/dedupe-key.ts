import { createHash, hash } from 'node:crypto';
import type { WireEnvelope } from '../../contracts/envelope.js';

const ANNOTATIONS: ReadonlySet<string> = new Set(['SessionCancel', 'SessionSuspend', 'SessionResume']);

/** Envelopes by which newer runtimes tell of cancel, suspend and resume; they take no ordinal. */
export function isAnnotation(messageType: string): boolean {
  return ANNOTATIONS.has(messageType);
}

/**
 * What makes an envelope the same one as before, within its run: on the stream its message id, among ambient ones
 * sender, type, id and payload together. A hash, because an id may hold letters that a text column refuses.
 */
export function dedupeKeyOf(envelope: WireEnvelope, ambient: boolean): string {
  return ambient ? `a:${ambientHash(envelope)}` : `m:${sha256Hex(envelope.messageId)}`;
}

/** Of bytes, or of a text's UTF-8. In one call: an object per hash costs a third more, and the collector too. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', data, 'hex');
}

function ambientHash(envelope: WireEnvelope): string {
  const digest = createHash('sha256');
  for (const text of [envelope.sender, envelope.messageType, envelope.messageId]) {
    addPart(digest, Buffer.from(text, 'utf8'));
  }
  addPart(digest, envelope.payload);
  return digest.digest('hex');
}

/** The length goes first, so that no two different lists of parts give the same bytes. */
function addPart(digest: ReturnType<typeof createHash>, part: Uint8Array): void {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.byteLength);
  digest.update(length).update(part);
}
