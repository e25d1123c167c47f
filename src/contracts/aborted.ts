/** Asked anew each time: the signal may have aborted during any wait, which TypeScript's narrowing does not know. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
