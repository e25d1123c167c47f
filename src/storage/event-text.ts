import type { CanonicalEvent } from '../contracts/events.js';

/** What an event says, as JSON texts: as it stands in the table, and as it goes to every reader. */
export interface EventBody {
  /** The envelope's payload, an object; absent on events that have none. */
  readonly payload?: string;
  /** Everything else of `data`, an object. */
  readonly data: string;
}

/** A canonical event whose `data` is text. Events of one envelope that say the same may have the very same body. */
export interface EventText extends Omit<CanonicalEvent, 'data'> {
  readonly body: EventBody;
}

/** `data` in the two parts in which it is stored; only what came in an envelope has a payload with an encoding. */
export function partsOf(data: CanonicalEvent['data']): { readonly payload?: object; readonly rest: object } {
  if (!('payloadEncoding' in data)) return { rest: data };
  // As undefined it is not written, and costs less to leave out than by naming all the rest.
  return { payload: data.payload, rest: { ...data, payload: undefined } };
}

export function toEventBody(data: CanonicalEvent['data']): EventBody {
  const { payload, rest } = partsOf(data);
  const text = JSON.stringify(rest);
  return payload === undefined ? { data: text } : { payload: JSON.stringify(payload), data: text };
}

/** The event as the fold reads it. */
export function toCanonicalEvent({ body, ...head }: EventText): CanonicalEvent {
  const rest = JSON.parse(body.data) as object;
  const data = body.payload === undefined ? rest : { ...rest, payload: JSON.parse(body.payload) as unknown };
  // The texts were made from a CanonicalEvent, whose type and data belong together.
  return { ...head, data } as object as CanonicalEvent;
}
