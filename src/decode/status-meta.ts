import type { StatusMeta } from '../model/status-meta.ts';
import { firstThatFits } from './first-that-fits.ts';
import { type BincodeGeneration, decodeBincodeStatusMeta } from './status-meta-bincode.ts';
import { decodeProtobufStatusMeta } from './status-meta-protobuf.ts';

/** Slots of epoch 156 whose records are bincode of generation v2 (FernoLabs/blockzilla, metadata_decoder). */
const V2_FIRST_SLOT = 67_681_336;
const V2_END_SLOT = 67_769_679;

/**
 * Decodes the decompressed metadata of one transaction, of any age.
 *
 * The first byte tells the encoding: bincode starts with a u32 status of 0 or 1, and neither can
 * start a protobuf message. The slot tells which generation of bincode to expect; should the record
 * not fit it, the other one is tried.
 * @returns null for no bytes: the archive has no metadata for this transaction. Else a result that
 * owns its memory, so that `bytes` may be reused.
 * @throws {OperatingError} RECORD_MALFORMED when no encoding of that age fits.
 */
export function decodeStatusMeta(bytes: Uint8Array, slot: number): StatusMeta | null {
  if (bytes.length === 0) return null;
  const own = Buffer.from(bytes);
  if (!isBincodeStart(own, 0)) return decodeProtobufStatusMeta(own);
  const [first, second] = bincodeGenerations(slot);
  return firstThatFits([
    () => decodeBincodeStatusMeta(own, first, 'long'),
    () => decodeBincodeStatusMeta(own, second, 'long'),
    () => decodeBincodeStatusMeta(own, first, 'short'),
  ]);
}

/** Whether a record that starts at `at` is bincode; every other record is protobuf. */
export function isBincodeStart(bytes: Uint8Array, at: number): boolean {
  return bytes[at]! <= 1;
}

/** The generations of bincode a slot may have, the likely one first. */
function bincodeGenerations(slot: number): readonly [BincodeGeneration, BincodeGeneration] {
  const isV2 = slot >= V2_FIRST_SLOT && slot < V2_END_SLOT;
  return isV2 ? ['v2', 'legacy'] : ['legacy', 'v2'];
}
