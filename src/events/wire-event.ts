import type { CanonicalEvent } from '../contracts/events.js';

/** An event as every client reads it: REST, SSE, replay, export. */
export type WireEvent = Omit<CanonicalEvent, 'data'> & { readonly data: Readonly<Record<string, unknown>> };

/**
 * The one mapper from an event to its published shape. A payload is stored once and written under its two published
 * names; that they are the same object keeps them equal.
 */
export function toWireEvent(event: CanonicalEvent): WireEvent {
  if (!('payloadEncoding' in event.data)) return { ...event, data: { ...event.data } };
  return { ...event, data: { ...event.data, decodedPayload: event.data.payload } };
}
