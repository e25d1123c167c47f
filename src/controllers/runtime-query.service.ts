import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { IsoTime } from '../contracts/ids.js';
import type { SessionSnapshot, SessionState } from '../contracts/session.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { CircuitChange, CircuitStateName } from '../runtime/circuit-breaker.client.js';
import type { ManifestDescription, ModeDescription, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { RuntimeProviderRegistry } from '../runtime/runtime-provider.registry.service.js';

/** A page waits this long for the runtime, milliseconds; then it is RUNTIME_TIMEOUT, or `ok: false`. */
const READ_MS_MAX = 5_000;
/** Sessions in one answer; older ones are only counted. */
const SESSIONS_MAX = 500;

export interface RuntimeHealth {
  readonly ok: boolean;
  readonly runtimeKind: string;
  readonly detail?: string;
}

export interface CircuitHistory {
  readonly state: CircuitStateName;
  /** Ascending; the last entry is the present state. */
  readonly history: readonly CircuitChange[];
}

export interface RuntimeSession {
  readonly sessionId: string;
  readonly modeName: string;
  readonly state: SessionState;
  readonly initiator: string;
  readonly participants: number;
  readonly policyVersion: string;
  /** Absent when the runtime does not tell. */
  readonly startedAt?: IsoTime;
  readonly expiresAt?: IsoTime;
}

export interface RuntimeSessions {
  readonly data: readonly RuntimeSession[];
  /** How many the runtime knows; `data` is cut at SESSIONS_MAX. */
  readonly total: number;
}

export interface RuntimeRoot {
  readonly uri: string;
  readonly name: string;
}

/** What runtimes say of themselves. Without a kind the configured one is asked. */
@Injectable()
export class RuntimeQueryService {
  constructor(
    private readonly registry: RuntimeProviderRegistry,
    @Inject(CONFIG) private readonly config: AppConfig,
  ) {}

  manifest(kind: string | undefined): Promise<ManifestDescription> {
    return this.read(kind, (provider, signal) => provider.getManifest(signal));
  }

  modes(kind: string | undefined): Promise<readonly ModeDescription[]> {
    return this.read(kind, (provider, signal) => provider.listModes(signal));
  }

  roots(kind: string | undefined): Promise<readonly RuntimeRoot[]> {
    return this.read(kind, (provider, signal) => provider.listRoots(signal));
  }

  /** The sessions the runtime knows, those that started last first, at most SESSIONS_MAX of them. */
  async sessions(kind: string | undefined): Promise<RuntimeSessions> {
    const all = await this.read(kind, (provider, signal) => collect(provider.listSessions(signal)));
    const newest = all.sort((a, b) => b.startedAtUnixMs - a.startedAtUnixMs).slice(0, SESSIONS_MAX);
    return { data: newest.map(toSession), total: all.length };
  }

  /** Never rejects for a runtime that is away: the public console loses whole pages to a status other than 2xx. */
  async health(kind: string | undefined): Promise<RuntimeHealth> {
    const provider = this.provider(kind);
    return { ...(await provider.health(AbortSignal.timeout(READ_MS_MAX))), runtimeKind: provider.kind };
  }

  /** `since`: epoch milliseconds. Of this process; nothing of it is stored. */
  circuitHistory(kind: string | undefined, since: number | undefined): CircuitHistory {
    const { circuit } = this.provider(kind);
    return { state: circuit.state, history: circuit.history(since) };
  }

  resetCircuit(asked: string | undefined): {
    readonly status: 'ok';
    readonly kind: string;
    readonly state: CircuitStateName;
  } {
    const { kind, circuit } = this.provider(asked);
    circuit.reset();
    return { status: 'ok', kind, state: circuit.state };
  }

  /** A page does not wait longer than READ_MS_MAX; then it is RUNTIME_TIMEOUT. */
  async read<T>(
    kind: string | undefined,
    ask: (provider: RuntimeProvider, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const provider = this.provider(kind);
    const signal = AbortSignal.timeout(READ_MS_MAX);
    try {
      return await ask(provider, signal);
    } catch (cause) {
      if (!signal.aborted || cause instanceof AppError) throw cause;
      throw new AppError('RUNTIME_TIMEOUT', 'The runtime did not answer in time.', undefined, { cause });
    }
  }

  private provider(kind: string | undefined): RuntimeProvider {
    return this.registry.get(kind ?? this.config.runtime.kind);
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

function toSession(snapshot: SessionSnapshot): RuntimeSession {
  const { sessionId, modeName, state, initiator, participants, policyVersion, startedAtUnixMs, expiresAtUnixMs } =
    snapshot;
  return {
    sessionId,
    modeName,
    state,
    initiator,
    participants: participants.length,
    policyVersion,
    ...(startedAtUnixMs > 0 && { startedAt: isoTime(startedAtUnixMs) }),
    ...(expiresAtUnixMs > 0 && { expiresAt: isoTime(expiresAtUnixMs) }),
  };
}
