import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { curlOf } from './curl.js';

it('quotes a body so that a shell hands on every letter of it', () => {
  const body = JSON.stringify({ intent: `it's "so" $HOME \\ \`x\`` });
  const shown = curlOf('http://127.0.0.1:1/runs', body, true).replace(/^curl -s/, "printf '%s\\n'");
  expect(
    execFileSync('sh', ['-c', shown], { env: { TOKEN: 't' } })
      .toString()
      .split('\n'),
  ).toContain(body);
});
