import { agoWords, clockWords } from '../words/time.js';
import { useNow, useToday } from './use-now.js';

/** `12 s ago`, with the exact time on request. */
export function Ago({ iso }: { iso: string }) {
  return (
    <time dateTime={iso} title={iso}>
      {agoWords(iso, useNow())}
    </time>
  );
}

/** Time of day, with the exact time on request. */
export function Clock({ iso }: { iso: string }) {
  const today = useToday();
  return (
    <time dateTime={iso} title={iso} className="clock">
      {clockWords(iso, today)}
    </time>
  );
}
