/** A token is renewed when this share of its life is left, but no earlier than RENEW_BEFORE_MS_MAX before its end. */
const RENEW_SHARE = 0.2;
const RENEW_BEFORE_MS_MAX = 60_000;
/** A token this close to its end is not used: it may be over when it arrives. Milliseconds. */
const UNUSABLE_BEFORE_MS = 2_000;

/** When a token is used, in epoch milliseconds. */
export interface TokenLife {
  /** From here on a new one is fetched, while this one is still used. */
  readonly renewAt: number;
  /** From here on it is not used any more. */
  readonly endsAt: number;
}

/** `askedAt` is the time before the request: the life of the token began no earlier. */
export function lifeOf(askedAt: number, expiresInSeconds: number): TokenLife {
  const lifeMs = expiresInSeconds * 1_000;
  const endsAt = askedAt + Math.max(lifeMs - UNUSABLE_BEFORE_MS, lifeMs / 2);
  const renewAt = endsAt - Math.min(lifeMs * RENEW_SHARE, RENEW_BEFORE_MS_MAX);
  return { renewAt, endsAt };
}
