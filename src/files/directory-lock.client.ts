import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What file systems without hard links answer. */
const NO_LINKS = new Set<unknown>(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);
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
    super(`The folder ${directory} is in use by ${owner}. Stop it, or choose another folder.`);
    this.name = 'DirectoryInUseError';
  }
}

/**
 * Takes a folder for this process alone and returns the way to give it back: who opened its files a second time would
 * damage them. The lock of a dead process is taken over; a living one is a DirectoryInUseError. `name` is the lock file's.
 * Whether a process lives is asked of our own system: one in another container, or on another host, counts as dead.
 */
export function lockDirectory(directory: string, name: string): () => void {
  const path = join(resolve(directory), name);
  if (held.has(path)) throw new DirectoryInUseError(directory, 'this process');
  mkdirSync(directory, { recursive: true });
  const text = `${process.pid} ${startTicksOf(process.pid) ?? ''}`;
  for (let attempt = 0; !create(path, text); attempt += 1) {
    const owner = livingOwnerIn(readText(path) ?? '');
    if (owner !== undefined || attempt === ATTEMPTS_MAX)
      throw new DirectoryInUseError(directory, `process ${owner ?? '?'}`);
    removeStale(path, text);
  }
  held.add(path);
  return () => {
    if (held.delete(path) && readText(path) === text) rmSync(path, { force: true });
  };
}

/** The file is there with its text or not at all: nobody may take one that is being written for a dead one's. */
function create(path: string, text: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    if (!NO_LINKS.has(systemCode(error))) throw error;
    return createWhole(path, text);
  } finally {
    rmSync(draft, { force: true });
  }
}

function createWhole(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Under a lock of its own, and only if it still is a dead one's: of two who found it, the slower one would remove what the
 * quicker one has put there. Whoever dies within leaves that lock, which is removed without such care.
 */
function removeStale(path: string, text: string): void {
  const guard = `${path}.stale`;
  if (create(guard, text)) {
    if (isLeft(path)) rmSync(path, { force: true });
    rmSync(guard, { force: true });
  } else if (isLeft(guard)) {
    rmSync(guard, { force: true });
  }
}

/** Whether it is there, and a dead process's. One that is gone by now may be somebody's the next moment. */
function isLeft(path: string): boolean {
  const text = readText(path);
  return text !== undefined && livingOwnerIn(text) === undefined;
}

/** The number of the process that holds the lock, or undefined when it is gone. */
function livingOwnerIn(text: string): number | undefined {
  const [pidText = '', ticks = ''] = text.split(' ');
  const pid = Number.parseInt(pidText, 10);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  // The number may have been given to another process since; then that one began at another time.
  const ticksNow = startTicksOf(pid);
  if (ticks !== '' && ticksNow !== undefined) return ticks === ticksNow ? pid : undefined;
  // In a container every process before us had our number; what we hold ourselves is in `held`.
  return pid === process.pid ? undefined : pid;
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
