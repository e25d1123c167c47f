import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import { SANDBOX_KIND, type ExecutionRequest } from '../contracts/execution-request.js';
import { AppError } from '../errors/app-error.js';
import { RuntimeProviderRegistry } from '../runtime/runtime-provider.registry.service.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';

/** Starts the embedded runtime on demand and returns its provider; undefined when it is switched off. */
export const SANDBOX = Symbol('SANDBOX');
export type Sandbox = () => Promise<RuntimeProvider | undefined>;

/** Whether an error says that the runtime of a run is not configured here, whatever is asked of it. */
export function isWithoutRuntime(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'RUNTIME_KIND_UNKNOWN' || error.code === 'SANDBOX_UNAVAILABLE');
}

/** Which runtime a request, or a stored run, belongs to. */
@Injectable()
export class RuntimeSelectorService {
  constructor(
    private readonly registry: RuntimeProviderRegistry,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(SANDBOX) private readonly sandbox: Sandbox,
  ) {}

  /** Live runs go to the runtime of the kind they name; sandbox runs to the embedded one, whatever kind they name. */
  async forRequest(request: ExecutionRequest): Promise<RuntimeProvider> {
    const provider = this.registry.get(request.runtime.kind);
    return request.mode === 'sandbox' && this.config.runtime.address !== undefined ? this.forSandbox() : provider;
  }

  async forKind(kind: string): Promise<RuntimeProvider> {
    return kind === SANDBOX_KIND && this.registry.find(kind) === undefined
      ? this.forSandbox()
      : this.registry.get(kind);
  }

  private async forSandbox(): Promise<RuntimeProvider> {
    const provider = await this.sandbox();
    if (provider) return provider;
    throw new AppError('SANDBOX_UNAVAILABLE', 'Sandbox runs are switched off here (EMBEDDED_RUNTIME=off).');
  }
}
