import { timingSafeEqual } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { hashOfKey } from '../config/api-keys.js';
import type { ApiKey } from '../contracts/access.js';

/** Longer ones are no keys of ours, and not worth a hash. */
const BEARER_LENGTH_MAX = 512;
const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Of an IPv6 address these parts are one customer's network; the others are his to choose. */
const IPV6_NETWORK_PARTS = 4;

/** What `authorization` says. `missing` and `malformed` hold no key, so nothing was guessed. */
export type Presented =
  { readonly kind: 'missing' | 'malformed' } | { readonly kind: 'bearer'; readonly bearer: string };

export function presentedBy(authorization: string | undefined): Presented {
  if (authorization === undefined) return { kind: 'missing' };
  const bearer = authorization.length > BEARER_LENGTH_MAX ? undefined : BEARER.exec(authorization)?.[1];
  return bearer === undefined ? { kind: 'malformed' } : { kind: 'bearer', bearer };
}

/** The key that was said. All are compared in full, so how long it takes tells nothing of any. */
export function keyOf(keys: readonly ApiKey[], bearer: string): ApiKey | undefined {
  const hash = hashOfKey(bearer);
  return keys.filter((key) => timingSafeEqual(key.hash, hash))[0];
}

/** Who is counted together: an IPv4 address, or the /64 of an IPv6 one. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const network = parsed.parts.slice(0, IPV6_NETWORK_PARTS).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}

interface Guesses {
  readonly since: number;
  count: number;
}

/** How many wrong keys each caller has said lately. Beyond the limit it is told to wait, without being counted further. */
export class GuessLimit {
  private readonly guesses = new Map<string, Guesses>();

  /** `callersMax`: whoever began longest ago is forgotten for a new one. Times are in milliseconds. */
  constructor(
    private readonly limits: { readonly max: number; readonly windowMs: number; readonly callersMax: number },
  ) {}

  /** Notes a wrong key. For how long no further one is heard, in milliseconds; 0 while this one was. */
  note(caller: string, now: number): number {
    const { max, windowMs, callersMax } = this.limits;
    const known = this.guesses.get(caller);
    if (known !== undefined && now < known.since + windowMs) {
      if (known.count >= max) return known.since + windowMs - now;
      known.count += 1;
      return 0;
    }
    this.guesses.delete(caller);
    for (const oldest of this.guesses.keys()) {
      if (this.guesses.size < callersMax) break;
      this.guesses.delete(oldest);
    }
    this.guesses.set(caller, { since: now, count: 1 });
    return 0;
  }
}
