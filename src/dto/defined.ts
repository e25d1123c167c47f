/** T without the keys whose value is undefined: a parsed query becomes the exact optional shape of the contracts. */
export type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

export function defined<T extends object>(value: T): Defined<T> {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  // Only keys whose value is undefined were left out, and those are optional in T.
  return Object.fromEntries(entries) as Defined<T>;
}
