import type { RunReader } from './run-reader.ts';

/** Bytes [offset, offset + length) of one file. */
export interface ByteRun {
  readonly offset: number;
  readonly length: number;
}

/**
 * One file of an archive, local or remote, opened for as long as its epoch is.
 * Either the bytes asked for come, all of them and of the version that was opened, or an
 * `OperatingError` does; nothing in between.
 */
export interface ByteSource {
  /** Path or URL for messages; holds no password and no query. */
  readonly name: string;
  readonly size: number;
  /** True when a read costs no round trip, so that many small ones are fine. */
  readonly local: boolean;
  /** Fills `target` with the bytes from `offset` on. */
  read(target: Buffer, offset: number, signal: AbortSignal): Promise<void>;
  openRun(run: ByteRun, window: Buffer, signal: AbortSignal): RunReader;
  close(): void;
}

/** A fresh buffer with the bytes [offset, offset + length). */
export async function readBytes(
  source: ByteSource,
  run: ByteRun,
  signal: AbortSignal,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(run.length);
  await source.read(bytes, run.offset, signal);
  return bytes;
}
