/** Lengths of texts that were written or measured before. What is stored never changes: what changes is another object. */
const known = new WeakMap<object, number>();

/** The JSON of a part of a state; its length is remembered, so that weighing the part costs nothing more. */
export function jsonText(part: object): string {
  const text = JSON.stringify(part);
  known.set(part, text.length);
  return text;
}

/** The length of the part's JSON in UTF-16 units. */
export function jsonUnits(part: object): number {
  return known.get(part) ?? jsonText(part).length;
}
