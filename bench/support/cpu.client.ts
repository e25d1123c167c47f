import { readFileSync } from 'node:fs';

/** How Linux counts CPU time in /proc, on every machine of today. */
const TICK_MS = 10;
/** Places of user and system time in /proc/<pid>/stat, counted from behind the command's name. */
const [USER, SYSTEM] = [11, 12];

/** User and system time of this process since it began, milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The same of another process of this machine, if it has this name; undefined: there is none, or no /proc. */
export function cpuMsOf(pid: number, name: string): number | undefined {
  try {
    const [, command = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const fields = rest.split(' ');
    return command === name ? (Number(fields[USER]) + Number(fields[SYSTEM])) * TICK_MS : undefined;
  } catch {
    return undefined;
  }
}

/** How much of a core two processes took while something went on, %. Whoever has about 100 was full: the pace is its own. */
export interface CpuShares {
  readonly server: number;
  readonly readers: number;
}

/** The readers are those of this process. */
export async function cpuDuring(serverMs: () => Promise<number>, work: () => Promise<void>): Promise<CpuShares> {
  const began = { server: await serverMs(), readers: cpuMs(), at: performance.now() };
  await work();
  const ended = { readers: cpuMs(), at: performance.now(), server: await serverMs() };
  const share = (ms: number): number => (ms / (ended.at - began.at)) * 100;
  return { server: share(ended.server - began.server), readers: share(ended.readers - began.readers) };
}
