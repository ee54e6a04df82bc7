import type { Reward } from '../model/status-meta.ts';
import { BincodeCursor } from './bincode-cursor.ts';
import { firstThatFits } from './first-that-fits.ts';
import { ProtobufCursor } from './protobuf-cursor.ts';
import { readBincodeRewards, readShortRewards } from './rewards-bincode.ts';
import { readProtobufReward } from './rewards-protobuf.ts';

export interface SlotRewards {
  readonly rewards: readonly Reward[];
  /** Number of slots over which the epoch's rewards are spread; null where the record does not say. */
  readonly numPartitions: number | null;
}

/**
 * Decodes the decompressed payload of a Rewards node, of any age. Protobuf is tried first: a bincode
 * record starts with a count whose zero bytes protobuf cannot have.
 * @throws {OperatingError} RECORD_MALFORMED.
 */
export function decodeRewards(bytes: Uint8Array): SlotRewards {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return firstThatFits([
    () => decodeProtobuf(buffer),
    () => decodeBincode(buffer, readBincodeRewards),
    () => decodeBincode(buffer, readShortRewards),
  ]);
}

/** `solana.storage.ConfirmedBlock.Rewards`. */
function decodeProtobuf(bytes: Buffer): SlotRewards {
  const cursor = new ProtobufCursor(bytes, 0, bytes.length);
  const rewards: Reward[] = [];
  let numPartitions: number | null = null;
  while (cursor.nextField()) {
    if (cursor.field === 1) rewards.push(readProtobufReward(cursor.readMessage()));
    else if (cursor.field === 2) numPartitions = readNumPartitions(cursor.readMessage());
    else cursor.skip();
  }
  return { rewards, numPartitions };
}

function readNumPartitions(cursor: ProtobufCursor): number {
  let count = 0;
  while (cursor.nextField()) {
    if (cursor.field === 1) count = cursor.readNumber();
    else cursor.skip();
  }
  return count;
}

function decodeBincode(bytes: Buffer, read: (cursor: BincodeCursor) => Reward[]): SlotRewards {
  const cursor = new BincodeCursor(bytes, 0, bytes.length);
  const rewards = read(cursor);
  if (!cursor.isAtEnd) {
    throw cursor.malformed(cursor.at, 'the end of the rewards', `${cursor.end - cursor.at} bytes`);
  }
  return { rewards, numPartitions: null };
}
