/** Errors of one chain that are told of. */
const CHAIN_LENGTH_MAX = 10;

/**
 * The stacks of an error and of all that led to it, outermost first; the parts of an AggregateError are what led to it.
 * Nothing else that hangs on an error: drivers put statements and settings there.
 */
export function stacksOf(error: unknown): string {
  return told(error, ({ stack, message }) => stack ?? message);
}

/** The same with messages only, for people. */
export function messagesOf(error: unknown): string {
  return told(error, ({ message, name }) => (message === '' ? name : message));
}

function told(error: unknown, textOf: (error: Error) => string): string {
  return chainOf(error)
    .map((link) => (link instanceof Error ? textOf(link) : String(link)))
    .join('\ncaused by: ');
}

function chainOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  const next = [error];
  while (next.length > 0 && chain.length < CHAIN_LENGTH_MAX) {
    const link = next.shift();
    chain.push(link);
    if (link instanceof AggregateError) next.push(...(link.errors as unknown[]).slice(0, CHAIN_LENGTH_MAX));
    if (link instanceof Error && link.cause !== undefined) next.push(link.cause);
  }
  return chain;
}
