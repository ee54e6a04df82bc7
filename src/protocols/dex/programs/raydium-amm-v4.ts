import type { CallShape, DexProgram, EventForm, PoolPlaces, VaultForm } from '../dex-program.ts';
import { readEventAt } from '../swap-event.ts';

const USUAL_ACCOUNTS = 18;

/** The usual list has 18 accounts; a client that leaves out `target_orders` sends 17. */
function pools({ accountCount }: CallShape): readonly PoolPlaces[] {
  if (accountCount === USUAL_ACCOUNTS - 1) return [{ pool: 1, vaults: [4, 5], user: 16 }];
  if (accountCount < USUAL_ACCOUNTS) return [];
  return [{ pool: 1, vaults: [5, 6], user: accountCount - 1 }];
}

/** Also the layout of Raydium's stable pools. */
export const AMM_FORMS: readonly VaultForm[] = [
  { discriminator: '09', pools },
  { discriminator: '0b', pools },
];

/** Instructions 16 and 17: the same swaps without the accounts of an order book. */
const V2_POOLS: readonly PoolPlaces[] = [{ pool: 1, vaults: [3, 4], user: 7 }];

/**
 * 57 bytes of `ray_log`: kind, then seven u64. Kind 3: amount in first, amount out last; kind 4: amount out second,
 * amount in last. Source: `LogType` in raydium-io/raydium-amm, program/src/log.rs; measured on whole blocks.
 */
export const RAY_LOG: readonly EventForm[] = [
  {
    channel: 'ray_log',
    id: Buffer.from('03', 'hex'),
    read: (bytes) => readEventAt(bytes, { amountIn: 0, amountOut: 48, pool: null }),
  },
  {
    channel: 'ray_log',
    id: Buffer.from('04', 'hex'),
    read: (bytes) => readEventAt(bytes, { amountIn: 48, amountOut: 8, pool: null }),
  },
];

/** Source of layouts: raydium-io/raydium-amm, program/src/instruction.rs. */
export const RAYDIUM_AMM_V4: DexProgram = {
  name: 'raydium_amm_v4',
  id: '675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8',
  forms: [
    ...AMM_FORMS,
    { discriminator: '10', pools: V2_POOLS },
    { discriminator: '11', pools: V2_POOLS },
  ],
  events: RAY_LOG,
};
