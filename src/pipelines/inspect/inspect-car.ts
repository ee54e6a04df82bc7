import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { errorText, OperatingError } from '../../core/errors.ts';
import { CAR_HEADER_BYTES_MAX, decodeCarHeader, decodeSection } from '../../decode/car-frame.ts';
import { encodeCidText, NODE_CID_BYTES } from '../../decode/cid.ts';
import { type ByteSource, readBytes } from '../../sources/archive/byte-source.ts';
import { openLocalFile } from '../../sources/archive/local-file.ts';
import { atFileOffset } from '../archive/at-file-offset.ts';
import { NodeDescriber, type NodeFacts, type NodeName } from './inspect-node.ts';

export interface InspectOptions {
  readonly path: string;
  /** Offset of a section; null starts behind the header. */
  readonly from: number | null;
  readonly windowBytes: number;
  readonly sectionBytesMax: number;
}

export interface InspectedHeader {
  readonly type: 'header';
  readonly path: string;
  /** Length of the file. */
  readonly fileBytes: number;
  readonly headerBytes: number;
  /** CIDs as base32 text. */
  readonly roots: readonly string[];
}

export interface InspectedNode {
  readonly type: 'node';
  /** Where its section begins in the file, and how long that is. */
  readonly offset: number;
  readonly size: number;
  /** `unreadable` when the bytes are no ledger node. */
  readonly kind: NodeName | 'unreadable';
  readonly cid: string;
  readonly facts: NodeFacts;
  /** What is wrong with it, or null. */
  readonly fault: string | null;
}

/** Bytes around a section that its length and CID may take. */
const FRAME_BYTES = 64;

/**
 * Lists what a CAR file holds, the header first, without keeping more than a window of it.
 * A section whose content is wrong is listed with its fault; only a broken frame ends the list.
 * @throws {OperatingError} ARCHIVE_NOT_FOUND, ARCHIVE_UNREACHABLE; USAGE for an offset outside of the file;
 * RECORD_MALFORMED, RECORD_TOO_LARGE or ARCHIVE_CORRUPT with the offset behind which nothing can be told; CANCELLED.
 */
export async function* inspectCar(
  options: InspectOptions,
  signal: AbortSignal,
): AsyncGenerator<InspectedHeader | InspectedNode> {
  const source = openLocalFile(options.path);
  try {
    const header = await readHeader(source, signal);
    yield header;
    const start = options.from ?? header.headerBytes;
    if (start < header.headerBytes || start > source.size) throw outside(options, header);
    yield* inspectSections(source, { ...options, start, fromStart: options.from === null }, signal);
  } finally {
    source.close();
  }
}

async function readHeader(source: ByteSource, signal: AbortSignal): Promise<InspectedHeader> {
  const length = Math.min(source.size, CAR_HEADER_BYTES_MAX + FRAME_BYTES);
  const bytes = await readBytes(source, { offset: 0, length }, signal);
  const header = atOffset(0, () => decodeCarHeader(bytes));
  if (header === undefined) throw cutOff(0, length);
  return {
    type: 'header',
    path: source.name,
    fileBytes: source.size,
    headerBytes: header.end,
    roots: header.roots.map(encodeCidText),
  };
}

interface SectionsOptions extends InspectOptions {
  readonly start: number;
  readonly fromStart: boolean;
}

async function* inspectSections(
  source: ByteSource,
  options: SectionsOptions,
  signal: AbortSignal,
): AsyncGenerator<InspectedNode> {
  const { start, sectionBytesMax } = options;
  const describer = new NodeDescriber(sectionBytesMax, options.fromStart);
  const run = { offset: start, length: source.size - start };
  const reader = source.openRun(run, Buffer.allocUnsafe(options.windowBytes), signal);
  try {
    for (let consumed = 0; ; ) {
      const waiting = reader.advance(consumed);
      if (waiting !== undefined) await waiting;
      // A local file is read without a pause, so signals would wait for its end.
      await setImmediate();
      for (consumed = 0; consumed < reader.end; ) {
        const bytes = reader.window.subarray(consumed, reader.end);
        const offset = reader.baseOffset + consumed;
        const section = atOffset(offset, () =>
          decodeSection(bytes, 0, bytes.length, sectionBytesMax),
        );
        if (typeof section === 'number') break;
        yield inspectNode(bytes.subarray(0, section.end), section.nodeStart, offset, describer);
        consumed += section.end;
      }
      if (reader.finished && consumed === reader.end) return;
      if (reader.finished) throw cutOff(reader.baseOffset + consumed, reader.end - consumed);
      if (consumed > 0 || reader.end < reader.window.length) continue;
      const room = Math.min(reader.window.length * 2, sectionBytesMax + FRAME_BYTES);
      reader.useWindow(Buffer.allocUnsafe(room));
    }
  } finally {
    reader.close();
  }
}

function inspectNode(
  section: Buffer,
  nodeStart: number,
  offset: number,
  describer: NodeDescriber,
): InspectedNode {
  const cid = section.subarray(nodeStart - NODE_CID_BYTES, nodeStart);
  const bytes = section.subarray(nodeStart);
  const place = { type: 'node', offset, size: section.length, cid: encodeCidText(cid) } as const;
  const digest = hash('sha256', bytes, 'buffer');
  const intact = cid.subarray(NODE_CID_BYTES - digest.length).equals(digest);
  const wrongDigest = intact ? null : 'its bytes are not what its CID says';
  try {
    const { kind, facts, fault } = describer.describe(cid, bytes);
    return { ...place, kind, facts, fault: wrongDigest ?? fault };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const fault = wrongDigest ?? errorText(error);
    return { ...place, kind: 'unreadable', facts: {}, fault };
  }
}

function atOffset<T>(offset: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw atFileOffset(error, offset);
  }
}

function cutOff(offset: number, length: number): OperatingError {
  return new OperatingError(
    'ARCHIVE_CORRUPT',
    `reading at offset ${offset}: expected a whole section, received the last ${length} bytes of the file`,
    { retryable: false, fields: { offset } },
  );
}

function outside({ from }: InspectOptions, header: InspectedHeader): OperatingError {
  return new OperatingError(
    'USAGE',
    `starting at offset ${from}: expected ${header.headerBytes} to ${header.fileBytes}, where the file has sections`,
    { retryable: false, fields: { from } },
  );
}
