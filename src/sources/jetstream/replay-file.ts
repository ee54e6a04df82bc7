import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createZstdDecompress } from 'node:zlib';
import { errorText, OperatingError } from '../../core/errors.ts';
import type { StreamFrame, StreamProtocol } from '../../model/stream-frame.ts';
import { jsonLines, sizedFrames } from './recorded-parts.ts';

/** `28 b5 2f fd`, of a zstd frame. Source: RFC 8878, 3.1.1. */
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const ZSTD_MAGIC_BYTES = 4;
const OPENING_BRACE = 0x7b;
/** Of messages up to 64 MiB. */
const LENGTH_TOP_BYTE_MAX = 4;
/** Bytes that tell what a file holds: a length, and the magic behind it. */
const HEAD_BYTES = 8;

/**
 * Recorded messages, in the order of the file: JSON lines, or messages that each have their length in front (u32,
 * little endian), which are texts, zstd with Jetstream's dictionary, or frames of a relay; the whole file may be
 * compressed with zstd. What it is shows in its first bytes. Nothing is held but the part that is being read.
 * @throws {OperatingError} USAGE for a file that cannot be read, RECORD_MALFORMED with the offset where it breaks off.
 */
export async function* readRecordedFrames(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<StreamFrame> {
  try {
    const head = await readHead(path);
    const packed = head.subarray(0, ZSTD_MAGIC_BYTES).equals(ZSTD_MAGIC);
    const bytes: AsyncIterable<Buffer> = packed ? unpacked(path) : createReadStream(path);
    yield* framesOf(path, bytes, signal);
  } catch (error) {
    if (error instanceof OperatingError || signal.aborted) throw error;
    throw unreadable(path, error);
  }
}

async function* framesOf(
  path: string,
  bytes: AsyncIterable<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<StreamFrame> {
  let protocol: StreamProtocol = 'v1';
  let parts: AsyncGenerator<Buffer> | undefined;
  let binary = false;
  const { head, all } = await peek(bytes, HEAD_BYTES);
  if (head.length === 0) return;
  // A length may begin with the same byte, but within bounds its last one is smaller than any of a text.
  if (head[0] === OPENING_BRACE && (head[3] ?? OPENING_BRACE) > LENGTH_TOP_BYTE_MAX) {
    parts = jsonLines(path, all);
  } else {
    parts = sizedFrames(path, all);
    const start = head.subarray(ZSTD_MAGIC_BYTES, HEAD_BYTES);
    binary = start[0] !== OPENING_BRACE;
    if (binary && !start.equals(ZSTD_MAGIC)) protocol = 'firehose';
  }
  const endpoint = { url: `file:///${encodeURIComponent(basename(path))}`, protocol };
  for await (const data of parts) {
    signal.throwIfAborted();
    yield { data, binary, receivedAtMs: performance.now(), endpoint };
  }
}

async function readHead(path: string): Promise<Buffer> {
  const { head, all } = await peek(createReadStream(path, { end: HEAD_BYTES - 1 }), HEAD_BYTES);
  for await (const _part of all) break;
  return head;
}

/** The decompressor has no way to say that its input failed, so the input is read by the loop. */
async function* unpacked(path: string): AsyncGenerator<Buffer> {
  const input = createReadStream(path);
  const output = createZstdDecompress();
  input.on('error', (error) => output.destroy(error));
  try {
    for await (const part of input.pipe(output)) yield part as Buffer;
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error && isOfZlib(error))) throw error;
    throw brokenCompression(path, input.bytesRead, error);
  } finally {
    input.destroy();
  }
}

function isOfZlib(error: Error): boolean {
  return 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code));
}

/** The first bytes, and everything with them in front again; the source is closed when that ends. */
async function peek(
  bytes: AsyncIterable<Buffer>,
  wanted: number,
): Promise<{ readonly head: Buffer; readonly all: AsyncGenerator<Buffer> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < wanted) {
    const { value, done } = await iterator.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return { head: head.subarray(0, wanted), all: rejoin(head, iterator) };
}

async function* rejoin(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const { value, done } = await rest.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    await rest.return?.();
  }
}

function brokenCompression(path: string, offset: number, cause: unknown): OperatingError {
  return new OperatingError(
    'RECORD_MALFORMED',
    `reading recorded events in ${path}: expected whole zstd frames up to its end, received ${errorText(cause)} by byte ${offset}`,
    { retryable: false, fields: { path, offset }, cause },
  );
}

function unreadable(path: string, cause: unknown): OperatingError {
  return new OperatingError(
    'USAGE',
    `reading recorded events: expected JSON lines, zstd or frames in ${path}, received ${errorText(cause)}`,
    { retryable: false, fields: { path }, cause },
  );
}
