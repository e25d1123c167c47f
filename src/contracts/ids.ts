import type { Brand } from './brand.js';

/** Our record of one coordination; a UUID (version 7). */
export type RunId = Brand<string, 'RunId'>;

/** The runtime's side of a run: a lowercase UUID v4 or v7, or 22 and more characters of `A-Z a-z 0-9 _ -`. */
export type SessionId = Brand<string, 'SessionId'>;

/** Place of a canonical event in the log of one run: 1, 2, 3 … without gaps. 0 means "before the first". */
export type Seq = Brand<number, 'Seq'>;

/** Place of a raw event in the log of one run: 1, 2, 3 … without gaps. */
export type Position = Brand<number, 'Position'>;

/** The runtime's number of an accepted envelope (the first is 1). Counted by us; it is not on the wire. 0 = none yet. */
export type Ordinal = Brand<number, 'Ordinal'>;

/** UTC time as `YYYY-MM-DDTHH:mm:ss.sssZ`, exactly three decimals. */
export type IsoTime = Brand<string, 'IsoTime'>;
