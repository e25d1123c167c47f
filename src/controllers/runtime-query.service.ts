import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { ManifestDescription, ModeDescription, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { RuntimeProviderRegistry } from '../runtime/runtime-provider.registry.service.js';

/** A page waits this long for the runtime, milliseconds; then it is RUNTIME_TIMEOUT, or `ok: false`. */
const READ_MS_MAX = 5_000;

export interface RuntimeHealth {
  readonly ok: boolean;
  readonly runtimeKind: string;
  readonly detail?: string;
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
    return this.provider(kind).getManifest(AbortSignal.timeout(READ_MS_MAX));
  }

  modes(kind: string | undefined): Promise<readonly ModeDescription[]> {
    return this.provider(kind).listModes(AbortSignal.timeout(READ_MS_MAX));
  }

  roots(kind: string | undefined): Promise<readonly RuntimeRoot[]> {
    return this.provider(kind).listRoots(AbortSignal.timeout(READ_MS_MAX));
  }

  /** Never rejects for a runtime that is away: the public console loses whole pages to a status other than 2xx. */
  async health(kind: string | undefined): Promise<RuntimeHealth> {
    const provider = this.provider(kind);
    return { ...(await provider.health(AbortSignal.timeout(READ_MS_MAX))), runtimeKind: provider.kind };
  }

  private provider(kind: string | undefined): RuntimeProvider {
    return this.registry.get(kind ?? this.config.runtime.kind);
  }
}
