import type { CborCursor } from './cbor-cursor.ts';
import { malformedRecord } from './malformed-record.ts';

/** First element of a standalone or embedded DataFrame tuple. */
export const DATA_FRAME_KIND = 6;

/**
 * One piece of a payload. A payload that fits one piece has null for all but `data`.
 * `next` holds binary CIDs; the frames they name stand before this one in the archive.
 */
export interface DataFrame {
  readonly kind: typeof DATA_FRAME_KIND;
  /** Checksum over the whole payload as stored (still compressed). */
  readonly hash: bigint | null;
  readonly index: number | null;
  readonly total: number | null;
  readonly data: Uint8Array;
  readonly next: readonly Uint8Array[];
}

/**
 * The tuple `[6, hash, index, total, data, next?]`; lone frames have five elements, and `next` may be null or empty.
 * The archive's creator writes the unsigned hash through a signed integer, so half of them arrive negative.
 * Source: ledger.ipldsch of rpcpool/yellowstone-faithful.
 * @throws {OperatingError} RECORD_MALFORMED.
 */
export function decodeDataFrame(cursor: CborCursor): DataFrame {
  const offset = cursor.at;
  const count = cursor.readArrayCount();
  const kind = count > 0 ? cursor.readUnsigned() : -1;
  if (kind !== DATA_FRAME_KIND || count < 5 || count > 6) {
    throw malformedRecord({
      attempted: 'decode a DataFrame',
      offset,
      expected: 'kind 6 in five or six elements',
      received: `kind ${kind} in ${count}`,
    });
  }
  const hash = cursor.skipNull() ? null : BigInt.asUintN(64, cursor.readInteger());
  const index = cursor.skipNull() ? null : cursor.readUnsigned();
  const total = cursor.skipNull() ? null : cursor.readUnsigned();
  const data = cursor.readBytes();
  const next = count === 6 && !cursor.skipNull() ? readLinks(cursor) : [];
  return { kind: DATA_FRAME_KIND, hash, index, total, data, next };
}

/** A list of links as binary CIDs. */
export function readLinks(cursor: CborCursor): Uint8Array[] {
  const links: Uint8Array[] = [];
  for (let left = cursor.readArrayCount(); left > 0; left--) links.push(cursor.readLink());
  return links;
}

/** True when `data` is only the first piece of the payload. */
export function isContinued(frame: DataFrame): boolean {
  return frame.next.length > 0 || (frame.total !== null && frame.total > 1);
}
