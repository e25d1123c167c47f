import { agoWords } from '../words/time.js';
import { useNow } from './use-now.js';

/** An answer older than this is called old. Milliseconds; several times what pages wait before they ask again. */
const STALE_MS = 15_000;

/** Says that what is shown renews itself, or how old it is when it does not. `updatedAt`: milliseconds since 1970. */
export function Freshness({ updatedAt }: { updatedAt: number }) {
  const now = useNow();
  if (updatedAt === 0) return null;
  if (now - updatedAt < STALE_MS) return <span>Renews itself</span>;
  return <span className="stale">Updated {agoWords(new Date(updatedAt).toISOString(), now)}</span>;
}
