/** Every bound of the runtime, with its unit in the name. */
export interface Limits {
  readonly payloadBytesMax: number;
  /** Added to the payload limit for the whole gRPC request. */
  readonly requestOverheadBytes: number;
  /** Per sender in any 60 s; beyond it RATE_LIMITED. Infinity switches the limit off. */
  readonly sessionStartsPerMinuteMax: number;
  readonly messagesPerMinuteMax: number;
  readonly participantsMax: number;
  /** Sessions in memory; beyond it a start is RATE_LIMITED. */
  readonly sessionsMax: number;
  /** Accepted envelopes of one session; beyond it a message is RATE_LIMITED. */
  readonly historyMax: number;
  readonly ttlMsMax: number;
  /** Total suspension of a session that names no cap of its own; beyond it the session expires. */
  readonly suspendMsMax: number;
  readonly streamsPerConnectionMax: number;
  /** Undelivered envelopes of one stream; beyond it the stream ends with RESOURCE_EXHAUSTED. */
  readonly streamLagMax: number;
  readonly watchSessionsLagMax: number;
  /** The same while the initial list is still being delivered. */
  readonly watchSessionsSyncLagMax: number;
  readonly watchSignalsLagMax: number;
  /** Undelivered registry changes; beyond it the stream ends with OK. */
  readonly watchRegistryLagMax: number;
  readonly pageSizeDefault: number;
  readonly pageSizeMax: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** How often the sweep looks for expired sessions and for sessions past retention. */
  readonly sweepIntervalMs: number;
  /** Finished sessions leave memory this long after their start. */
  readonly retentionMs: number;
  /** How long a closing server waits for calls under way; beyond it they are cut. */
  readonly drainMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  payloadBytesMax: 1_048_576,
  requestOverheadBytes: 65_536,
  sessionStartsPerMinuteMax: 60,
  messagesPerMinuteMax: 600,
  participantsMax: 1000,
  sessionsMax: 100_000,
  historyMax: 1_000_000,
  ttlMsMax: 86_400_000,
  suspendMsMax: 7 * 86_400_000,
  streamsPerConnectionMax: 128,
  streamLagMax: 256,
  watchSessionsLagMax: 64,
  watchSessionsSyncLagMax: 1024,
  watchSignalsLagMax: 256,
  watchRegistryLagMax: 16,
  pageSizeDefault: 100,
  pageSizeMax: 1000,
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 20_000,
  sweepIntervalMs: 60_000,
  retentionMs: 3_600_000,
  drainMs: 2_000,
};
