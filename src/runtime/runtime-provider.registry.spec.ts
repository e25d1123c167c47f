import { describe, expect, it } from 'vitest';
import { RuntimeCredentials } from './credentials.js';
import { RuntimeProviderRegistry } from './runtime-provider.registry.service.js';
import { RustRuntimeProvider } from './rust-runtime.provider.js';

function rust(kind: string): RustRuntimeProvider {
  const credentials = new RuntimeCredentials({ devIdentity: true, tokens: new Map(), serviceIdentity: 'cp' });
  return new RustRuntimeProvider({ kind, name: `${kind}-runtime`, address: '127.0.0.1:1', credentials });
}

describe('RuntimeProviderRegistry', () => {
  it('finds providers by kind, and says which kinds there are', () => {
    const registry = new RuntimeProviderRegistry();
    const [first, second] = [rust('rust'), rust('embedded')];
    registry.register(first);
    registry.register(second);
    registry.register(first);
    expect(registry.get('embedded')).toBe(second);
    expect(registry.list()).toEqual([first, second]);
    expect(registry.find('python')).toBeUndefined();
    expect(() => registry.get('python')).toThrow(
      expect.objectContaining({
        code: 'RUNTIME_KIND_UNKNOWN',
        details: { kind: 'python', known: ['rust', 'embedded'] },
      }),
    );
    expect(() => registry.register(rust('rust'))).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
  });

  it('closes all of them', async () => {
    const registry = new RuntimeProviderRegistry();
    const provider = rust('rust');
    registry.register(provider);
    await registry.closeAll();
    expect(registry.list()).toEqual([]);
    await expect(provider.getManifest()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});
