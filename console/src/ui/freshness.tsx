import { toServerTime } from '../api/server-clock.js';
import { agoWords } from '../words/time.js';
import { useNow } from './use-now.js';

/** An answer older than this is called old. Milliseconds; several times what pages wait before they ask again. */
const STALE_MS = 15_000;

interface Props {
  /** By this browser's clock. Milliseconds since 1970. */
  readonly updatedAt: number;
  /** Whether it is meant to. */
  readonly renews?: boolean;
}

/** Says that what is shown renews itself, or how old it is when it does not. */
export function Freshness({ updatedAt, renews = true }: Props) {
  const now = useNow();
  if (updatedAt === 0) return null;
  const since = toServerTime(updatedAt);
  if (renews && now - since < STALE_MS) return <span>Renews itself</span>;
  return <span className={renews ? 'stale' : 'quiet'}>Updated {agoWords(new Date(since).toISOString(), now)}</span>;
}
