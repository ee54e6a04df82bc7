import assert from 'node:assert/strict';
import { closeSync, openSync, readSync } from 'node:fs';
import { writeWhole } from './write-whole.ts';

const RECORDS_PER_BUFFER = 8192;

/**
 * A temporary file of records of one size: appended once, then read any number of times from the
 * front. Indexes are built from it so that memory does not grow with the archive.
 */
export class SpoolFile {
  readonly recordBytes: number;
  readonly #file: number;
  readonly #buffer: Buffer;
  #buffered = 0;
  #flushed = 0;
  #open = true;

  constructor(path: string, recordBytes: number) {
    this.recordBytes = recordBytes;
    this.#buffer = Buffer.allocUnsafe(recordBytes * RECORDS_PER_BUFFER);
    this.#file = openSync(path, 'wx+');
  }

  get count(): number {
    return (this.#flushed + this.#buffered) / this.recordBytes;
  }

  /** The parts make up exactly one record; they are copied. */
  append(...parts: readonly Uint8Array[]): void {
    if (this.#buffered === this.#buffer.length) this.#flush();
    const end = this.#buffered + this.recordBytes;
    for (const part of parts) {
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
    }
    assert.equal(this.#buffered, end, 'spool record of another size');
  }

  /** Runs of whole records in order of writing; a run is valid until the next one is asked for. */
  *runs(): Generator<Buffer> {
    this.#flush();
    const buffer = Buffer.allocUnsafe(this.#buffer.length);
    for (let at = 0; at < this.#flushed; ) {
      const wanted = Math.min(buffer.length, this.#flushed - at);
      let got = 0;
      while (got < wanted) got += readSync(this.#file, buffer, got, wanted - got, at + got);
      at += wanted;
      yield buffer.subarray(0, wanted);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }

  #flush(): void {
    writeWhole(this.#file, this.#buffer.subarray(0, this.#buffered), this.#flushed);
    this.#flushed += this.#buffered;
    this.#buffered = 0;
  }
}
