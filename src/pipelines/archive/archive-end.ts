import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readBlockFacts } from '../../decode/block-facts.ts';
import { decodeSection, SECTION_BYTES_MAX } from '../../decode/car-frame.ts';
import { decodeCidText, NODE_CID_BYTES } from '../../decode/cid.ts';
import { decodeVarint } from '../../decode/varint.ts';
import type { EpochArchive } from '../../sources/archive/epoch-archive.ts';
import { archiveCutOff } from './slot-faults.ts';
import type { EndingBlock } from './slot-schedule.ts';

/** Bytes of the varint of a length of up to 32 MiB, the most that a section has. */
const VARINT_BYTES_MAX = 4;
/** More than an Epoch node or a Subset of 24,000 links has, which are what roots are. */
const TAIL_BYTES_MAX = 2 * 1024 * 1024;

/**
 * Proves that a CAR was not cut off between two sections, which no section can tell: its creator writes the root,
 * which the header names, last. A slice without a root proves nothing and is taken as it is.
 * @throws {OperatingError} ARCHIVE_CORRUPT when the file does not end with its root; ARCHIVE_UNREACHABLE.
 */
export async function requireRootAtEnd(epoch: EpochArchive, signal: AbortSignal): Promise<void> {
  const { carSize, headerEnd, rootCid } = epoch;
  const cid = rootCid === null ? undefined : decodeCidText(rootCid);
  if (rootCid === null || cid === undefined) return;
  const length = Math.min(carSize - headerEnd, TAIL_BYTES_MAX);
  const tail = await epoch.readSlice(carSize - length, length, signal);
  const cidAt = tail.lastIndexOf(cid);
  const node = tail.subarray(cidAt + NODE_CID_BYTES);
  const digest = hash('sha256', node, 'buffer');
  if (cidAt >= 0 && digest.equals(cid.subarray(NODE_CID_BYTES - digest.length))) return;
  throw archiveCutOff(carSize, rootCid);
}

/**
 * The first Block behind a broken section at `offset` that can be told for certain; null where there is none.
 * @throws {OperatingError} ARCHIVE_CORRUPT, ARCHIVE_UNREACHABLE; RECORD_MALFORMED when what is hashed right is no Block.
 */
export async function findEndingBlock(
  epoch: EpochArchive,
  offset: number,
  signal: AbortSignal,
): Promise<EndingBlock | null> {
  const found = await epoch.blockFrom(offset + 1, signal);
  if (found === null) return null;
  const length = found.end - found.start;
  const bytes = await epoch.readSlice(found.start, length, signal);
  const section = decodeSection(bytes, 0, length, length);
  assert(typeof section !== 'number', 'a Block that was hashed whole');
  const { slot, parentSlot } = readBlockFacts(bytes, section.nodeStart, section.end);
  const behind = await endOfSection(epoch, offset, signal);
  const behindFault = behind !== null && behind <= found.start ? behind : null;
  return { slot, parentSlot, end: found.end, behindFault };
}

/** Where the section at `offset` ends by its own word, or null when it gives none that is possible. */
async function endOfSection(
  epoch: EpochArchive,
  offset: number,
  signal: AbortSignal,
): Promise<number | null> {
  const length = Math.min(VARINT_BYTES_MAX, epoch.carSize - offset);
  const bytes = await epoch.readSlice(offset, length, signal);
  const claimed = decodeVarint(bytes, 0, length);
  if (claimed === undefined || claimed.value > SECTION_BYTES_MAX) return null;
  return offset + claimed.next + claimed.value;
}
