import { OperatingError } from '../core/errors.ts';
import { identityContent } from './cid.ts';
import { crc64 } from './crc64.ts';
import { type DataFrame, isContinued } from './data-frame.ts';
import { fnv1a64 } from './fnv1a64.ts';
import { decodeLedgerNode, NODE_KIND } from './ledger-node.ts';
import { malformedRecord, recordTooLarge } from './malformed-record.ts';

export interface JoinLimits {
  /** Longest payload, in bytes, that may be put together. */
  readonly payloadBytesMax: number;
  /** Most frames that one payload may have. */
  readonly framesMax: number;
}

/** Finds a continuation frame by its binary CID; undefined where the archive does not hold it. */
export type FrameLookup = (cid: Uint8Array) => DataFrame | undefined;

/**
 * The whole payload that starts with `first`: its own data (a view) where nothing follows, else a new buffer.
 * Frames name up to five followers each, the last of which names the next five; order comes from `index` alone.
 * @throws {OperatingError} RECORD_MALFORMED when the frames contradict each other, RECORD_TOO_LARGE beyond a limit,
 * ARCHIVE_CORRUPT when a frame is missing or the checksum is neither CRC-64/GO-ISO nor FNV-1a of the payload.
 */
export function joinDataFrame(
  first: DataFrame,
  lookup: FrameLookup,
  limits: JoinLimits,
): Uint8Array {
  const payload = isContinued(first) ? concatenate(collect(first, lookup, limits)) : first.data;
  if (first.hash !== null && first.hash !== crc64(payload) && first.hash !== fnv1a64(payload)) {
    throw new OperatingError(
      'ARCHIVE_CORRUPT',
      `join a payload of ${payload.length} bytes: expected checksum ${first.hash}, received another`,
      { retryable: false },
    );
  }
  return payload;
}

function collect(first: DataFrame, lookup: FrameLookup, limits: JoinLimits): DataFrame[] {
  const total = first.total ?? -1;
  if (total < 1 || (first.index ?? 0) !== 0) {
    throw malformed('frame 0 of a known number', `frame ${first.index} of ${first.total}`);
  }
  if (total > limits.framesMax) throw tooLarge(`${limits.framesMax} frames`, `${total}`);
  const byIndex = new Map<number, DataFrame>([[0, first]]);
  const waiting = first.next.slice(0, total);
  let length = first.data.length;
  for (let cid = waiting.pop(); cid !== undefined; cid = waiting.pop()) {
    const frame = findFrame(cid, lookup);
    if (frame === undefined) continue;
    const index = frame.index ?? -1;
    if (index < 1 || index >= total || byIndex.has(index) || (frame.total ?? total) !== total) {
      throw malformed(`a further frame of ${total}`, `frame ${frame.index} of ${frame.total}`);
    }
    byIndex.set(index, frame);
    length += frame.data.length;
    if (length > limits.payloadBytesMax) throw tooLarge(`${limits.payloadBytesMax} bytes`, 'more');
    if (waiting.length + frame.next.length > total)
      throw malformed(`${total} frames`, 'more links');
    for (const next of frame.next) waiting.push(next);
  }
  if (byIndex.size !== total) throw malformed(`${total} frames`, `${byIndex.size}`);
  return [...byIndex.keys()].sort((a, b) => a - b).map((index) => byIndex.get(index)!);
}

/** An identity CID carries its frame inline; an empty one names nothing. */
function findFrame(cid: Uint8Array, lookup: FrameLookup): DataFrame | undefined {
  const inline = identityContent(cid);
  if (inline?.length === 0) return undefined;
  if (inline !== undefined) {
    const node = decodeLedgerNode(inline, 0, inline.length);
    if (node.kind === NODE_KIND.dataFrame) return node;
    throw malformed('a DataFrame inside an identity link', `kind ${node.kind}`);
  }
  const frame = lookup(cid);
  if (frame !== undefined) return frame;
  const hex = Buffer.from(cid).toString('hex');
  throw new OperatingError(
    'ARCHIVE_CORRUPT',
    `join a payload: expected the frame with CID ${hex} before its first frame, received none`,
    { retryable: false, fields: { cid: hex } },
  );
}

function concatenate(frames: readonly DataFrame[]): Uint8Array {
  return Buffer.concat(frames.map((frame) => frame.data));
}

function malformed(expected: string, received: string): Error {
  return malformedRecord({ attempted: 'join a payload', offset: 0, expected, received });
}

function tooLarge(limit: string, received: string): Error {
  return recordTooLarge({
    attempted: 'join a payload',
    offset: 0,
    expected: `up to ${limit}`,
    received,
  });
}
