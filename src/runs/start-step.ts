import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import type { Errand } from './start-places.stream.js';

/** How a run is being started. */
export interface StartStep extends Errand {
  readonly provider: RuntimeProvider;
  /** Epoch milliseconds until which what may pass is repeated; begins anew after a wait that is nobody's fault. */
  deadline: number;
  /** The session was over when it was bound: nothing is sent, and its follower says what has become of it. */
  isOver?: boolean;
}

/**
 * How long a run waits for a runtime that is well and admits no more of its sender for now: at 60 a minute what the
 * usual RUN_WAITING_MAX lets wait of one sender takes one and a half hours. Milliseconds.
 */
export const ADMISSION_MS_MAX = 86_400_000;
