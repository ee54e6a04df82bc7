import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { errorText, OperatingError } from '../../core/errors.ts';
import { cancelled, changed, notFound, unreachable } from './archive-errors.ts';
import type { ByteSource } from './byte-source.ts';
import { type RunFeed, RunReader } from './run-reader.ts';

/**
 * Bytes of one read. Stays in the second-level cache together with what reads it; reads of 4 MB
 * were measured to cost twice as much end to end.
 */
const READ_BYTES = 256 * 1024;

/**
 * Opens a file of an archive in a local folder.
 * @throws {OperatingError} ARCHIVE_NOT_FOUND, or ARCHIVE_UNREACHABLE where it may not be read.
 */
export function openLocalFile(path: string): ByteSource {
  const { descriptor, stats } = openRegularFile(path);
  const file = new LocalFile(path, descriptor, stats);
  return {
    name: path,
    size: stats.size,
    local: true,
    read: async (target, offset, signal) => file.readAll(target, offset, signal),
    openRun: (run, window, signal) => new RunReader(file.feed(signal), run, window),
    close: () => file.close(),
  };
}

function openRegularFile(path: string): { descriptor: number; stats: Stats } {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing) throw notFound(`opening ${path}: no such file`, { path });
    throw unreachable(
      `opening ${path}: ${errorText(error)}`,
      { path },
      { retryable: false, cause: error },
    );
  }
  const stats = fstatSync(descriptor);
  if (stats.isFile()) return { descriptor, stats };
  closeSync(descriptor);
  throw notFound(`opening ${path}: expected a file, found something else`, { path });
}

class LocalFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #stats: Stats;
  #open = true;

  constructor(path: string, descriptor: number, stats: Stats) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#stats = stats;
  }

  readAll(target: Buffer, offset: number, signal: AbortSignal): void {
    assert(offset + target.length <= this.#stats.size, `${this.#path}: read behind the end`);
    for (let done = 0; done < target.length; ) {
      if (signal.aborted) throw cancelled(this.#path, signal);
      done += this.#readSome(target.subarray(done), offset + done);
    }
  }

  feed(signal: AbortSignal): RunFeed {
    return {
      fill: (target, offset) => {
        if (signal.aborted) throw cancelled(this.#path, signal);
        return this.#readSome(target(), offset);
      },
      finish: () => this.#requireUnchanged(),
      close: () => undefined,
    };
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#descriptor);
  }

  #readSome(target: Buffer, offset: number): number {
    assert(this.#open, `${this.#path} is closed`);
    const read = this.#readAt(target, offset);
    if (read > 0) return read;
    throw changed(
      `reading ${this.#path}: expected ${this.#stats.size} bytes, it now ends at or before ${offset}`,
      { path: this.#path, offset },
    );
  }

  #readAt(target: Buffer, offset: number): number {
    try {
      return readSync(this.#descriptor, target, 0, Math.min(target.length, READ_BYTES), offset);
    } catch (error) {
      throw new OperatingError(
        'ARCHIVE_UNREACHABLE',
        `reading ${this.#path} at ${offset}: ${errorText(error)}`,
        { retryable: true, fields: { path: this.#path, offset }, cause: error },
      );
    }
  }

  #requireUnchanged(): void {
    const now = fstatSync(this.#descriptor);
    if (now.size === this.#stats.size && now.mtimeMs === this.#stats.mtimeMs) return;
    throw changed(`reading ${this.#path}: the file was written to while it was read`, {
      path: this.#path,
      sizeBefore: this.#stats.size,
      sizeNow: now.size,
    });
  }
}
