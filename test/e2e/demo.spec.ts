import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** The demo as it is run: the compiled program (`npm test` builds before it tests). */
const DEMO = fileURLToPath(new URL('../../dist/src/cli/demo.js', import.meta.url));
/** What the demo promises, and a little for the machine. */
const DEMO_MS_MAX = 65_000;
/** Between two signals of one who insists. */
const INSIST_MS = 5;

interface RunningDemo {
  readonly child: ChildProcess;
  /** Everything printed so far, both streams. */
  readonly text: () => string;
}

function startDemo(...args: string[]): RunningDemo {
  const child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const keep = (chunk: Buffer) => (text += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return { child, text: () => text };
}

async function exitCode({ child }: RunningDemo): Promise<unknown> {
  const [code] = (await once(child, 'close')) as unknown[];
  return code;
}

function placesIn(text: string): number[] {
  return [...text.matchAll(/^ *(\d+) {2}\d\d:\d\d:\d\d\.\d{3} /gm)].map(([, seq]) => Number(seq));
}

function directoryIn(text: string): string {
  const directory = /embedded database in ([^)]+)\)/.exec(text)?.[1];
  if (directory === undefined) throw new Error(`no directory is named: ${text}`);
  return directory;
}

describe('npm run demo', () => {
  it(
    'shows a decision from its first event to who voted what and why, and leaves nothing behind',
    async () => {
      const demo = startDemo();
      const code = await exitCode(demo);
      const text = demo.text();
      expect(code, text).toBe(0);

      const places = placesIn(text);
      expect(places.length).toBeGreaterThan(20);
      expect(places).toEqual(places.map((_, index) => index + 1));
      expect(text).toContain('run.completed');
      // All four agents introduce themselves, over the ambient plane.
      expect([...text.matchAll(/signal\.emitted +(\w+) +session\.started/g)].map(([, who]) => who).sort()).toEqual([
        'alice',
        'bob',
        'carol',
        'lead',
      ]);

      expect(text).toMatch(/alice +reliability +Vote APPROVE +the canary is healthy/);
      expect(text).toMatch(/carol +support +Vote REJECT +customers would read/);
      expect(text).toContain('2 for, 1 against, 0 abstained');
      expect(text).toMatch(/outcome +decision\.selected · a positive outcome/);
      expect(text).toMatch(/committed by +lead/);

      expect(existsSync(directoryIn(text))).toBe(false);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
      await expect(fetch(`${url!}/healthz`)).rejects.toThrow();
    },
    DEMO_MS_MAX,
  );

  it(
    'leaves the service running with --keep, and ends it on a signal, however often that is sent',
    async () => {
      const demo = startDemo('--mode', 'multi_round', '--keep');
      await expect.poll(demo.text, { timeout: DEMO_MS_MAX, interval: 100 }).toContain('keeps running at');
      const lines = [...demo.text().matchAll(/^ {2}curl (http\S+)$/gm)].map(([, url]) => url!);
      expect(lines.length).toBeGreaterThan(2);
      for (const url of lines) expect((await fetch(url)).status, url).toBe(200);

      // Ctrl-C reaches the demo from the terminal and from npm. Once its data is gone it does nothing but end.
      const directory = directoryIn(demo.text());
      const insist = setInterval(() => existsSync(directory) && demo.child.kill('SIGINT'), INSIST_MS);
      expect(await exitCode(demo).finally(() => clearInterval(insist))).toBe(0);
      await expect(fetch(lines[0]!)).rejects.toThrow();
      expect(existsSync(directory)).toBe(false);
    },
    DEMO_MS_MAX,
  );

  it('refuses what it does not know, and says what it knows', async () => {
    const demo = startDemo('--mode', 'auction');
    expect(await exitCode(demo)).toBe(1);
    expect(demo.text()).toContain('multi_round');
  });

  it('explains itself', async () => {
    const demo = startDemo('--help');
    expect(await exitCode(demo)).toBe(0);
    expect(demo.text()).toContain('--keep');
  });
});
