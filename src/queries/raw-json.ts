import type { RawEvent } from '../contracts/raw-event.js';

/** A raw event as JSON. Payload bytes are base64; without them only their number is told (they escape redaction). */
export function toRawJson(raw: RawEvent, withPayload: boolean): Readonly<Record<string, unknown>> {
  if (raw.kind === 'send-ack' && !withPayload) {
    // What was stored before redaction was configured holds all of it.
    const { payload: _payload, ...message } = raw.info.message;
    return { ...raw, info: { ...raw.info, message: { ...message, payloadWithheld: true } } };
  }
  if (raw.kind !== 'stream-envelope' && raw.kind !== 'ambient-envelope') return { ...raw };
  const { payload, ...envelope } = raw.envelope;
  const bytes = withPayload
    ? { payloadBase64: Buffer.from(payload).toString('base64') }
    : { payloadWithheld: true, payloadByteLength: payload.byteLength };
  return { ...raw, envelope: { ...envelope, ...bytes } };
}
