import type { Reward, RewardType } from '../model/status-meta.ts';
import type { ProtobufCursor } from './protobuf-cursor.ts';

/** `RewardType` of solana.storage.ConfirmedBlock; 0 was written before rewards had types. */
const TYPES: readonly RewardType[] = ['unspecified', 'fee', 'rent', 'staking', 'voting'];

/** `solana.storage.ConfirmedBlock.Reward`. A type newer than this list reads as unspecified. */
export function readProtobufReward(cursor: ProtobufCursor): Reward {
  let pubkey = '';
  let lamports = 0n;
  let postBalance = 0n;
  let type: RewardType = 'unspecified';
  let commission = '';
  while (cursor.nextField()) {
    if (cursor.field === 1) pubkey = cursor.readText();
    else if (cursor.field === 2) lamports = cursor.readSigned64();
    else if (cursor.field === 3) postBalance = cursor.readUnsigned64();
    else if (cursor.field === 4) type = TYPES[cursor.readNumber()] ?? 'unspecified';
    else if (cursor.field === 5) commission = cursor.readText();
    else cursor.skip();
  }
  return { pubkey, lamports, postBalance, type, commission: commission === '' ? null : commission };
}
