// One rule for all steps of .ci/run: what is not on this machine and cannot be installed here is skipped, and says why; whatever
// else goes wrong is a failure.

/** What a step that could not be tried exits with; .ci/run has the same. */
export const SKIPPED = 77;

/** Something that a step needs is not here and cannot be had. */
export class Unavailable extends Error {}

/** The exit code that `error` asks for, after its message was told. */
export function exitCodeOf(error) {
  const isSkip = error instanceof Unavailable;
  console.error(isSkip ? `Nothing was tried: ${error.message}` : error.message);
  return isSkip ? SKIPPED : 1;
}
