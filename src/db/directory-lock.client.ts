import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const LOCK_FILE = 'database.lock';
/** A stale lock is removed and taking it tried again; two processes that do so at once settle within this many tries. */
const ATTEMPTS_MAX = 5;
/** Field of /proc/<pid>/stat, counted after the command's closing parenthesis, that tells when the process began. */
const START_TICKS_FIELD = 19;

/** Locks of this process; a file with our own number may also stem from a dead process that had it (as in containers). */
const held = new Set<string>();

export class DirectoryInUseError extends Error {
  constructor(
    readonly directory: string,
    readonly owner: string,
  ) {
    super(`The data folder ${directory} is in use by ${owner}. Stop it, or choose another folder.`);
    this.name = 'DirectoryInUseError';
  }
}

/**
 * Takes a folder for this process alone and returns the way to give it back: the embedded store would open a second
 * time without complaint and damage its files. The lock of a dead process is taken over; a living one is an error.
 */
export function lockDirectory(directory: string): () => void {
  const path = join(resolve(directory), LOCK_FILE);
  if (held.has(path)) throw new DirectoryInUseError(directory, 'this process');
  mkdirSync(directory, { recursive: true });
  for (let attempt = 0; !create(path); attempt += 1) {
    const owner = livingOwner(path);
    if (owner !== undefined || attempt === ATTEMPTS_MAX)
      throw new DirectoryInUseError(directory, `process ${owner ?? '?'}`);
    rmSync(path, { force: true });
  }
  held.add(path);
  return () => {
    if (held.delete(path)) rmSync(path, { force: true });
  };
}

function create(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${startTicksOf(process.pid) ?? ''}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The number of the process that holds the lock, or undefined when it is gone. */
function livingOwner(path: string): number | undefined {
  const [pidText = '', ticks = ''] = (readText(path) ?? '').split(' ');
  const pid = Number.parseInt(pidText, 10);
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return undefined;
  // The number may have been given to another process since; then that one began at another time.
  const ticksNow = startTicksOf(pid);
  return ticks !== '' && ticksNow !== undefined && ticks !== ticksNow ? undefined : pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that it lives, under another user.
    return systemCode(error) === 'EPERM';
  }
}

/** When the process began, in the kernel's ticks; undefined where the system does not tell (only Linux does). */
function startTicksOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TICKS_FIELD];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function systemCode(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}
