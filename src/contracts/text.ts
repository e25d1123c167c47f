/** What PostgreSQL's jsonb and text cannot hold. */
const UNSTORABLE = /\0|\p{Surrogate}/gu;

/** The first `unitsMax` UTF-16 units of a text, never half a surrogate pair, plus `…` if something was cut off. */
export function cut(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text;
  const last = text.charCodeAt(unitsMax - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, splitsPair ? unitsMax - 1 : unitsMax)}…`;
}

/** U+0000 and lone surrogates become U+FFFD: one such letter must not keep a whole batch from being stored. */
export function storable(text: string): string {
  // Almost every text is sound, and these two find that out faster than the pattern does.
  return text.isWellFormed() && !text.includes('\0') ? text : text.replace(UNSTORABLE, '\uFFFD');
}
