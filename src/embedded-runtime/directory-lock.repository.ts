import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FILE_NAME = 'lock';
/** Directories that this process holds; a lock file with our own pid may also stem from a dead process of that number. */
const held = new Set<string>();

/** Takes a directory for this process alone and returns the way to give it back. Throws if another live process has it. */
export function lockDirectory(directory: string): () => void {
  const path = join(resolve(directory), FILE_NAME);
  if (held.has(path)) throw new Error(`${directory} is already in use by this process`);
  if (!create(path)) {
    const owner = readOwner(path);
    if (owner !== undefined && owner !== process.pid && isAlive(owner)) {
      throw new Error(`${directory} is in use by process ${owner}`);
    }
    rmSync(path, { force: true });
    if (!create(path)) throw new Error(`${directory} was taken by another process just now`);
  }
  held.add(path);
  return () => {
    if (!held.delete(path)) return;
    rmSync(path, { force: true });
  };
}

function create(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(path: string): number | undefined {
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that it lives under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
