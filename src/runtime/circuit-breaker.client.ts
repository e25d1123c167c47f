import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { isoTime } from '../contracts/time.js';
import type { IsoTime } from '../contracts/ids.js';
import { AppError } from '../errors/app-error.js';

/** Changes of state that are remembered; beyond that the oldest is forgotten. */
const CIRCUIT_HISTORY_MAX = 200;

/** Statuses that say something about the runtime as a whole; any other is an answer to the one call. */
const RUNTIME_AWAY: ReadonlySet<unknown> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL']);

export type CircuitStateName = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export interface CircuitChange {
  readonly state: CircuitStateName;
  readonly enteredAt: IsoTime;
  readonly reason: string;
}

export interface CircuitSettings {
  /** Failures in a row that open the circuit. */
  readonly failuresMax: number;
  /** Milliseconds without any call; then one is let through and decides. */
  readonly openMs: number;
}

const NAMES: Readonly<Record<CircuitState, CircuitStateName>> = {
  [CircuitState.Closed]: 'CLOSED',
  [CircuitState.Open]: 'OPEN',
  [CircuitState.HalfOpen]: 'HALF_OPEN',
  // Nobody isolates a circuit here.
  [CircuitState.Isolated]: 'OPEN',
};

/**
 * Keeps calls from a runtime that does not answer, so that each of them is refused at once instead of after its
 * deadline. It is of one process and forgotten with it.
 */
export class RuntimeCircuit {
  private policy: ReturnType<typeof circuitBreaker>;
  private readonly changes: CircuitChange[] = [];
  private failure = '';

  constructor(
    private readonly settings: CircuitSettings,
    private readonly now: () => number = Date.now,
  ) {
    this.policy = this.closedPolicy();
    this.note('CLOSED', 'started');
  }

  get state(): CircuitStateName {
    return NAMES[this.policy.state];
  }

  /**
   * Throws what `call` throws, and RUNTIME_UNAVAILABLE without calling while the circuit is open. `signal` is the call's own:
   * it also ends the wait for the call that decides about all others, with the signal's reason.
   */
  async run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.isOpenedAhead()) this.reset('the clock was set back');
    try {
      return await orAborted(this.policy.execute(call), signal);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      const { failuresMax, openMs } = this.settings;
      throw new AppError(
        'RUNTIME_UNAVAILABLE',
        `The runtime failed ${failuresMax} times in a row and is not asked for ${openMs} ms: ${this.failure}`,
        { grpcStatus: 'UNAVAILABLE', retryable: true, circuit: 'OPEN' },
      );
    }
  }

  /** Ascending; the last entry is the present state. `since` (epoch milliseconds): with the state that held then. */
  history(since = Number.NEGATIVE_INFINITY): readonly CircuitChange[] {
    const first = this.changes.findLastIndex(({ enteredAt }) => Date.parse(enteredAt) <= since);
    return this.changes.slice(Math.max(first, 0));
  }

  /** Closes the circuit, whatever it was. Calls under way end as they end and no longer count. */
  reset(reason = 'reset on request'): void {
    const was = this.state;
    this.policy = this.closedPolicy();
    if (was !== 'CLOSED') this.note('CLOSED', reason);
  }

  /** The policy counts from when it opened: where that lies ahead, it would refuse until the clock has caught up. */
  private isOpenedAhead(): boolean {
    if (this.state !== 'OPEN') return false;
    const last = this.changes.at(-1);
    return last !== undefined && Date.parse(last.enteredAt) > this.now();
  }

  private closedPolicy(): ReturnType<typeof circuitBreaker> {
    const counts = handleWhen((error) => this.saysRuntimeAway(error));
    const { failuresMax, openMs } = this.settings;
    const policy = circuitBreaker(counts, { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failuresMax) });
    policy.onStateChange((state) => {
      // One that was replaced by a reset may still hear of calls that it let through.
      if (policy === this.policy) this.note(NAMES[state], this.reasonOf(state));
    });
    return policy;
  }

  private saysRuntimeAway(error: Error): boolean {
    const isOurs = error instanceof AppError && RUNTIME_AWAY.has(error.details?.['grpcStatus']);
    // A caller's own time limit that passes without an answer is a deadline too.
    const isAway = isOurs || error.name === 'TimeoutError';
    if (isAway) this.failure = error.message;
    // The call that is to decide, and was broken off, decides nothing: that is no answer which closes the circuit.
    return isAway || (this.state === 'HALF_OPEN' && !(error instanceof AppError));
  }

  private reasonOf(state: CircuitState): string {
    if (state === CircuitState.Closed) return 'the runtime answered';
    return state === CircuitState.HalfOpen ? 'one call is let through' : this.failure;
  }

  private note(state: CircuitStateName, reason: string): void {
    this.changes.push({ state, enteredAt: isoTime(this.now()), reason });
    if (this.changes.length > CIRCUIT_HISTORY_MAX) this.changes.shift();
  }
}

/** What comes of the promise, unless the signal aborts first: then its reason is thrown. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let abort = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => (abort = () => resolve(undefined)));
  signal.addEventListener('abort', abort, { once: true });
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), aborted]);
    if (first !== undefined) return first.value;
    signal.throwIfAborted();
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
