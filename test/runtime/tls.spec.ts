import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeRuntimeTls } from '../contracts/runtime-tls.js';
import { startRustRuntime } from '../support/rust-runtime.js';

describeRuntimeTls('the reference runtime', async (identity, tls) => {
  const directory = await mkdtemp(join(tmpdir(), 'macp-tls-'));
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  await writeFile(cert, identity.cert);
  await writeFile(key, identity.key, { mode: 0o600 });
  const env = { MACP_TLS_CERT_PATH: cert, MACP_TLS_KEY_PATH: key };
  const runtime = await startRustRuntime({ env, tls });
  return {
    ...runtime,
    stop: async () => {
      await runtime.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
});
