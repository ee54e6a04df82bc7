import type { JsonPlace } from './json-place.ts';
import { messageField, presentVarintField, textField, varintField } from './protobuf-fields.ts';

/** `solana.storage.ConfirmedBlock.RewardType`; 0 is unspecified. */
const REWARD_TYPES = ['', 'fee', 'rent', 'staking', 'voting'];

/** One message `Reward` of getBlock JSON. Source: anza-xyz/agave, storage-proto. */
export function encodeReward(reward: JsonPlace): Buffer {
  const type = reward.field('rewardType');
  const commission = reward.field('commission');
  const variant = type.isNothing ? 0 : REWARD_TYPES.indexOf(type.text().toLowerCase());
  if (variant < 0) throw type.wrong('a reward type');
  return Buffer.concat([
    textField(1, reward.field('pubkey').text()),
    varintField(2, reward.field('lamports').i64()),
    varintField(3, reward.field('postBalance').u64()),
    varintField(4, variant),
    textField(5, commission.isNothing ? '' : String(commission.count(0xff))),
  ]);
}

/**
 * Message `Rewards` of a block's list, sorted by key text as the archive's creator does.
 * @returns undefined when the block paid none.
 */
export function encodeRewards(rewards: JsonPlace, partitions: JsonPlace): Buffer | undefined {
  const list = rewards.isNothing ? [] : rewards.items();
  if (list.length === 0 && partitions.isNothing) return undefined;
  const keyed = list.map((reward) => ({ key: reward.field('pubkey').text(), reward }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  return Buffer.concat([
    ...keyed.map(({ reward }) => messageField(1, [encodeReward(reward)])),
    ...(partitions.isNothing ? [] : [messageField(2, [presentVarintField(1, partitions.u64())])]),
  ]);
}
