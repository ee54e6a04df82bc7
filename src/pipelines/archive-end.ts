import { hash } from 'node:crypto';
import { readBlockFacts } from '../decode/block-facts.ts';
import { decodeSection } from '../decode/car-frame.ts';
import { decodeCidText, NODE_CID_BYTES } from '../decode/cid.ts';
import type { EpochArchive } from '../sources/archive/epoch-archive.ts';
import { archiveCutOff } from './slot-faults.ts';
import type { EndingBlock } from './slot-schedule.ts';

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
 * @throws {OperatingError} ARCHIVE_CORRUPT, ARCHIVE_UNREACHABLE, RECORD_MALFORMED when the Block is none.
 */
export async function findEndingBlock(
  epoch: EpochArchive,
  offset: number,
  signal: AbortSignal,
): Promise<EndingBlock | null> {
  const found = await epoch.blockFrom(offset, signal);
  if (found === null) return null;
  const length = found.end - found.start;
  const bytes = await epoch.readSlice(found.start, length, signal);
  const section = decodeSection(bytes, 0, length, length);
  if (typeof section === 'number') throw new Error('a Block that was whole is cut off');
  const { slot, parentSlot } = readBlockFacts(bytes, section.nodeStart, section.end);
  return { slot, parentSlot, end: found.end };
}
