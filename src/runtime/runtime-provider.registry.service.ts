import { Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import type { RuntimeProvider } from './runtime-provider.interface.js';

/** Runtimes by kind. Filled while the process starts, and when the embedded runtime is started later. */
@Injectable()
export class RuntimeProviderRegistry {
  private readonly providers = new Map<string, RuntimeProvider>();

  /** Throws AppError CONFLICT when the kind is taken by another provider. */
  register(provider: RuntimeProvider): void {
    const present = this.providers.get(provider.kind);
    if (present !== undefined && present !== provider) {
      throw new AppError('CONFLICT', `a runtime provider of kind '${provider.kind}' is registered already`);
    }
    this.providers.set(provider.kind, provider);
  }

  find(kind: string): RuntimeProvider | undefined {
    return this.providers.get(kind);
  }

  /** Throws AppError RUNTIME_KIND_UNKNOWN. */
  get(kind: string): RuntimeProvider {
    const provider = this.find(kind);
    if (provider === undefined) {
      throw new AppError('RUNTIME_KIND_UNKNOWN', `no runtime provider is registered for kind '${kind}'`, {
        kind,
        known: [...this.providers.keys()],
      });
    }
    return provider;
  }

  /** In the order of registration. */
  list(): readonly RuntimeProvider[] {
    return [...this.providers.values()];
  }

  /** Closes all of them, also when one fails to close, and forgets them. */
  async closeAll(): Promise<void> {
    const closing = this.list().map((provider) => provider.close());
    this.providers.clear();
    await Promise.allSettled(closing);
  }
}
