import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { lockDirectory } from '../files/directory-lock.client.js';
import { parseLine, toLine, type JournalRecord } from './journal-record.js';

const FILE_NAME = 'journal.jsonl';
const LOCK_FILE = 'lock';
const READ_CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;

/** Where accepted records go before anybody hears of them. */
export interface Journal {
  /** False = not stored, and the journal is as it was. */
  append(entry: JournalRecord): boolean;
  close(): void;
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** Bytes of an incomplete last line that were cut off. */
  readonly tornBytes: number;
}

export interface JournalReader {
  /** Sees every record in order, once. */
  readonly onRecord: (entry: JournalRecord) => void;
  /** After the last record: which ones to drop for good; undefined = keep the file as it is. */
  readonly dropped: () => ((entry: JournalRecord) => boolean) | undefined;
}

/**
 * Opens the journal of a directory and reads what it holds. Writes are synchronous and not followed by fsync: they
 * survive the death of the process, not of the machine. Throws if another process holds the directory, or if a line
 * other than the last cannot be read.
 */
export function openJournal(directory: string, reader: JournalReader): OpenedJournal {
  mkdirSync(directory, { recursive: true });
  const unlock = lockDirectory(directory, LOCK_FILE);
  try {
    const path = join(directory, FILE_NAME);
    const { goodBytes, tornBytes } = readRecords(path, reader.onRecord);
    if (tornBytes > 0) truncateSync(path, goodBytes);
    const drop = reader.dropped();
    if (drop) rewrite(path, drop);
    return { journal: appendTo(path, unlock), tornBytes };
  } catch (error) {
    unlock();
    throw error;
  }
}

function appendTo(path: string, unlock: () => void): Journal {
  const file = openSync(path, 'a');
  let size = fstatSync(file).size;
  let usable = true;
  return {
    append(entry) {
      if (!usable) return false;
      const bytes = Buffer.from(toLine(entry), 'utf8');
      if (writeWhole(file, bytes)) {
        size += bytes.length;
        return true;
      }
      usable = cutTo(file, size);
      return false;
    },
    close() {
      usable = false;
      closeSync(file);
      unlock();
    },
  };
}

function writeWhole(file: number, bytes: Buffer): boolean {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(file, bytes, written);
    return true;
  } catch {
    // A full or vanished disk; the caller answers for what has gone out so far.
    return false;
  }
}

/** Takes back a part of a line that went out before a failure; if even that fails, nothing more may be appended. */
function cutTo(file: number, size: number): boolean {
  try {
    ftruncateSync(file, size);
    return true;
  } catch {
    return false;
  }
}

/** Reads line by line, so that a journal may be larger than a string can be. */
function readRecords(path: string, onRecord: (entry: JournalRecord) => void): { goodBytes: number; tornBytes: number } {
  const file = openSync(path, 'a+');
  let goodBytes = 0;
  let line = 0;
  try {
    const rest = forEachLine(file, (bytes) => {
      line += 1;
      const entry = parseLine(bytes.toString('utf8'));
      if (!entry)
        throw new Error(`line ${line} of ${path} is not a journal record; move the file away to start afresh`);
      onRecord(entry);
      goodBytes += bytes.length + 1;
    });
    return { goodBytes, tornBytes: rest };
  } finally {
    closeSync(file);
  }
}

/** Calls back for each line that ends in a newline; returns the length of what follows the last one. */
function forEachLine(file: number, onLine: (bytes: Buffer) => void): number {
  const chunk = Buffer.allocUnsafe(READ_CHUNK_BYTES);
  let pending: Buffer = Buffer.alloc(0);
  let position = 0;
  for (;;) {
    const count = readSync(file, chunk, 0, READ_CHUNK_BYTES, position);
    if (count === 0) return pending.length;
    position += count;
    const data = Buffer.concat([pending, chunk.subarray(0, count)]);
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
      onLine(data.subarray(start, end));
      start = end + 1;
    }
    pending = Buffer.from(data.subarray(start));
  }
}

function rewrite(path: string, drop: (entry: JournalRecord) => boolean): void {
  const fresh = `${path}.new`;
  const out = openSync(fresh, 'w');
  try {
    readRecords(path, (entry) => {
      if (drop(entry)) return;
      if (!writeWhole(out, Buffer.from(toLine(entry), 'utf8'))) throw new Error(`cannot write ${fresh}`);
    });
    fsyncSync(out);
  } catch (error) {
    closeSync(out);
    rmSync(fresh, { force: true });
    throw error;
  }
  closeSync(out);
  renameSync(fresh, path);
}
