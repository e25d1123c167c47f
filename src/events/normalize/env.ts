import type { PayloadCodec } from '../../contracts/envelope.js';
import type { EventDraft } from '../../contracts/events.js';
import type { Ordinal, Position } from '../../contracts/ids.js';
import type { RawDraft, RawKind } from '../../contracts/raw-event.js';

/** US dollars per 1 000 tokens. */
export interface ModelPrice {
  readonly promptUsdPer1k: number;
  readonly completionUsdPer1k: number;
}

export interface NormalizeEnv {
  readonly codec: PayloadCodec;
  /** `source.name` of the events, e.g. `rust-runtime`. */
  readonly sourceName: string;
  /** Payload paths replaced by `[redacted]`, e.g. `prompt`, `data.secret`. */
  readonly redactPaths: readonly string[];
  /** By model name. */
  readonly prices: ReadonlyMap<string, ModelPrice>;
}

/** A raw event that has its place, on its way to the log. */
export type PlacedRaw = RawDraft & { readonly ordinal: Ordinal | null; readonly position: Position };

export type RawOf<K extends RawKind> = Extract<PlacedRaw, { readonly kind: K }>;

export interface Normalized {
  readonly drafts: readonly EventDraft[];
  /** Why the row could not be made sense of; null when it could. */
  readonly parked: string | null;
}
