import { Inject, Injectable } from '@nestjs/common';
import type { PayloadCodec } from '../contracts/envelope.js';
import type { Run } from '../contracts/run.js';
import { shownIntent } from '../storage/shown-request.js';
import { normalize, type NormalizeEnv, type Normalized, type PlacedRaw } from './normalize.js';

/** Injection token of the process's PayloadCodec. */
export const PAYLOAD_CODEC = Symbol('PAYLOAD_CODEC');
/** Injection token of NormalizeSettings. */
export const NORMALIZE_SETTINGS = Symbol('NORMALIZE_SETTINGS');

/** What is configured of normalising: redaction and prices. */
export type NormalizeSettings = Pick<NormalizeEnv, 'redactPaths' | 'prices'>;

/** Raw events → drafts, with this process's codec and settings. All that happens is in `normalize`. */
@Injectable()
export class EventNormalizerService {
  private env: NormalizeEnv | undefined;

  constructor(
    @Inject(PAYLOAD_CODEC) private readonly codec: PayloadCodec,
    @Inject(NORMALIZE_SETTINGS) private readonly settings: NormalizeSettings,
  ) {}

  /** The intent of the run's request as its events may tell it. */
  intentOf({ request }: Run): string | undefined {
    const { intent } = request.session;
    return intent === undefined ? undefined : shownIntent(intent, this.settings.redactPaths);
  }

  /** `sourceName` is the provider's name, e.g. `rust-runtime`. Never throws. */
  normalize(run: Run, raw: PlacedRaw, sourceName: string): Normalized {
    // Kept for the next raw event, which mostly comes from the same provider.
    if (this.env?.sourceName !== sourceName) this.env = { ...this.settings, codec: this.codec, sourceName };
    return normalize(run, raw, this.env);
  }
}
