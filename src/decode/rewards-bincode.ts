import type { Reward, RewardType } from '../model/status-meta.ts';
import type { BincodeCursor } from './bincode-cursor.ts';

/** `RewardType` of the Solana SDK: a bincode enum, counted from 0 unlike the protobuf one. */
const TYPES: readonly RewardType[] = ['fee', 'rent', 'staking', 'voting'];

/** Shortest reward of either form: an empty key and the lamports. */
const REWARD_BYTES_MIN = 16;

/**
 * `Vec<StoredExtendedReward>` of Agave's storage-proto: key, lamports, post balance, optional type,
 * optional commission; the record may end behind any of the last three.
 */
export function readBincodeRewards(cursor: BincodeCursor): Reward[] {
  const rewards: Reward[] = [];
  for (let left = cursor.readCount(REWARD_BYTES_MIN); left > 0; left--) {
    const pubkey = cursor.readText();
    const lamports = cursor.readI64();
    const postBalance = cursor.isAtEnd ? 0n : cursor.readU64();
    const type = !cursor.isAtEnd && cursor.readOption() ? readType(cursor) : 'unspecified';
    const commission = !cursor.isAtEnd && cursor.readOption() ? `${cursor.readByte()}` : null;
    rewards.push({ pubkey, lamports, postBalance, type, commission });
  }
  return rewards;
}

/** The first generation of the record: key and lamports alone. */
export function readShortRewards(cursor: BincodeCursor): Reward[] {
  const rewards: Reward[] = [];
  for (let left = cursor.readCount(REWARD_BYTES_MIN); left > 0; left--) {
    rewards.push({
      pubkey: cursor.readText(),
      lamports: cursor.readI64(),
      postBalance: 0n,
      type: 'unspecified',
      commission: null,
    });
  }
  return rewards;
}

function readType(cursor: BincodeCursor): RewardType {
  const offset = cursor.at;
  const variant = cursor.readU32();
  const type = TYPES[variant];
  if (type === undefined) throw cursor.malformed(offset, 'a reward type up to 3', `${variant}`);
  return type;
}
