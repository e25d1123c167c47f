/** User and system time of this process since it began, milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
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
