import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface ChildLogOptions {
  readonly path: string;
  /** A file that has grown to this size is put aside as `.1`, the one before as `.2`, and so on. */
  readonly fileBytesMax: number;
  /** How many old files are kept beside the current one. */
  readonly oldFilesMax: number;
}

/** Bounds of what is kept in memory for error messages. */
const TAIL_LINES_MAX = 40;
const LINE_CHARS_MAX = 2_000;

/**
 * The log file of one child process, and its last lines for the message that says why it failed.
 * A log that cannot be written must not take the supervisor down: its lines are then only counted,
 * and the tail in memory still works.
 */
export class ChildLog {
  readonly path: string;
  readonly #options: ChildLogOptions;
  readonly #tail: string[] = [];
  #partial = '';
  #file: number | null = null;
  #fileBytes = 0;
  #lostBytes = 0;

  constructor(options: ChildLogOptions) {
    this.path = options.path;
    this.#options = options;
  }

  /** Bytes that could not be written to the file. */
  get lostBytes(): number {
    return this.#lostBytes;
  }

  /** The last complete lines and what has come of the next one, oldest first. */
  lastLines(): readonly string[] {
    return this.#partial === '' ? [...this.#tail] : [...this.#tail, this.#partial];
  }

  /** Forgets the lines in memory, so that a restarted child is judged by its own words. */
  clearTail(): void {
    this.#tail.length = 0;
    this.#partial = '';
  }

  write(chunk: Buffer): void {
    this.#remember(chunk.toString('utf8'));
    try {
      if (this.#fileBytes >= this.#options.fileBytesMax) this.#rotate();
      this.#file ??= this.#open();
      writeSync(this.#file, chunk);
      this.#fileBytes += chunk.length;
    } catch {
      this.#lostBytes += chunk.length;
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #remember(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
    for (const line of lines.slice(-TAIL_LINES_MAX)) this.#tail.push(line.slice(0, LINE_CHARS_MAX));
    if (this.#tail.length > TAIL_LINES_MAX) {
      this.#tail.splice(0, this.#tail.length - TAIL_LINES_MAX);
    }
  }

  #open(): number {
    mkdirSync(dirname(this.path), { recursive: true });
    const file = openSync(this.path, 'a');
    this.#fileBytes = fstatSync(file).size;
    return file;
  }

  #rotate(): void {
    this.close();
    const { oldFilesMax } = this.#options;
    rmSync(`${this.path}.${oldFilesMax}`, { force: true });
    for (let age = oldFilesMax; age >= 1; age--) {
      const from = age === 1 ? this.path : `${this.path}.${age - 1}`;
      try {
        renameSync(from, `${this.path}.${age}`);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    if (oldFilesMax === 0) rmSync(this.path, { force: true });
    this.#fileBytes = 0;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
