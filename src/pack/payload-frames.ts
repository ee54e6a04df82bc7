import { crc64 } from '../decode/crc64.ts';
import { NODE_KIND } from '../decode/ledger-node.ts';
import type { CarWriter } from './car-writer.ts';
import type { CborBytes } from './cbor-bytes.ts';

const LINKS_PER_FRAME = 5;

/** Most bytes of one DataFrame's data: of the frame embedded in its node, and of those that follow. */
export interface FrameLimits {
  readonly firstBytesMax: number;
  readonly nextBytesMax: number;
}

/** A frame before it is written; `total` 1 means that the payload is whole. */
export interface PayloadFrame {
  readonly data: Uint8Array;
  readonly checksum: bigint;
  readonly index: number;
  readonly total: number;
  readonly next: readonly Uint8Array[];
}

/**
 * Writes a frame into the node being built. A whole payload is a frame of five elements;
 * a split one has six, the last a list of links, which may be empty.
 */
export function putFrame(cbor: CborBytes, frame: PayloadFrame): void {
  if (frame.total === 1) {
    cbor.array(5).integer(NODE_KIND.dataFrame).nothing().nothing().nothing().bytes(frame.data);
    return;
  }
  cbor.array(6).integer(NODE_KIND.dataFrame).wrappedU64(frame.checksum);
  cbor.integer(frame.index).integer(frame.total).bytes(frame.data).array(frame.next.length);
  for (const link of frame.next) cbor.link(link);
}

/**
 * Cuts a payload into frames, writes all but the first as sections, last one first, and returns the
 * first for its node. Frames link in groups of five: the first frame names the first group, the last
 * frame of a group names the next group, all others carry an empty list.
 * Source: rpcpool/radiance-triton-faithful, cmd/radiance/car/createcar (the archive's creator).
 */
export function writePayload(
  car: CarWriter,
  cbor: CborBytes,
  payload: Uint8Array,
  limits: FrameLimits,
): PayloadFrame {
  const { firstBytesMax, nextBytesMax } = limits;
  if (payload.length <= firstBytesMax) {
    return { data: payload, checksum: 0n, index: 0, total: 1, next: [] };
  }
  const total = 1 + Math.ceil((payload.length - firstBytesMax) / nextBytesMax);
  const checksum = crc64(payload);
  // Groups count from the end of the payload, so the first group may be a short one.
  let following: Uint8Array[] = [];
  let group: Uint8Array[] = [];
  for (let index = total - 1; index >= 1; index--) {
    const from = firstBytesMax + (index - 1) * nextBytesMax;
    const data = payload.subarray(from, from + nextBytesMax);
    const next = group.length === 0 ? following : [];
    putFrame(cbor.begin(), { data, checksum, index, total, next });
    group.unshift(car.write(cbor.node));
    if (group.length === LINKS_PER_FRAME) {
      following = group;
      group = [];
    }
  }
  const next = group.length === 0 ? following : group;
  return { data: payload.subarray(0, firstBytesMax), checksum, index: 0, total, next };
}
