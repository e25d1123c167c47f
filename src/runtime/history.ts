import type { JsonObject } from '../contracts/json.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeFrame } from './runtime-provider.interface.js';

/** No session gets that far; a loss up to a greater number, which no log could count on from, is one of unknown length. */
export const ORDINAL_MAX = 2_000_000_000;

/**
 * A subscription asked for envelopes that the runtime no longer holds. `details.reason` is HISTORY_UNAVAILABLE.
 * `lowestOrdinal` N: subscribing after N or later works, envelopes 1…N are gone; undefined when the runtime does not say.
 */
export class HistoryUnavailableError extends AppError {
  readonly lowestOrdinal: number | undefined;

  constructor(message: string, toldOrdinal: number | undefined, details: JsonObject, options?: { cause?: unknown }) {
    const lowestOrdinal = believable(toldOrdinal);
    super(
      'RUNTIME_ERROR',
      message,
      {
        ...details,
        reason: 'HISTORY_UNAVAILABLE',
        retryable: false,
        ...(lowestOrdinal === undefined ? {} : { lowestOrdinal }),
      },
      options,
    );
    this.name = 'HistoryUnavailableError';
    this.lowestOrdinal = lowestOrdinal;
  }
}

const COMPACTED_SENTENCE = /^session history before ordinal (\d{1,15}) was compacted\b/;
const REGISTRY_CODE = 'HISTORY_UNAVAILABLE';

/** What a frame says about lost history: envelopes 1…lowestOrdinal are gone. undefined = it says nothing of the kind. */
export function historyLossOf(frame: RuntimeFrame): { readonly lowestOrdinal: number | undefined } | undefined {
  if (frame.kind !== 'inline-error') return undefined;
  // Runtimes before 0.12 put this sentence, and nothing else, into both fields: there is no code to go by.
  const sentence = COMPACTED_SENTENCE.exec(frame.message) ?? COMPACTED_SENTENCE.exec(frame.code);
  if (sentence !== null) return { lowestOrdinal: believable(Number(sentence[1])) };
  return frame.code === REGISTRY_CODE ? { lowestOrdinal: undefined } : undefined;
}

function believable(ordinal: number | undefined): number | undefined {
  return ordinal !== undefined && ordinal <= ORDINAL_MAX ? ordinal : undefined;
}
