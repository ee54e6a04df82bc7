import type { DexProgram, OrderOutcome, PoolPlaces } from '../dex-program.ts';

/** First byte of the call in which the program logs its events to itself. */
const LOG = 15;
const FILL = 2;
const PLACE = 3;

/** Bytes of each kind of market event, its first byte included; the kind is the index. */
const EVENT_BYTES = [0, 92, 67, 43, 35, 59, 43, 11, 27, 59];

/** A batch of market events stands one after another. They count in lots, whose size no transaction tells. */
function readOrder(data: Uint8Array): OrderOutcome | undefined {
  if (data[0] !== LOG) return undefined;
  const outcome = { filled: false, rests: false };
  for (let at = 1; at < data.length; ) {
    const kind = data[at] ?? 0;
    outcome.filled ||= kind === FILL;
    outcome.rests ||= kind === PLACE;
    const bytes = EVENT_BYTES[kind] ?? 0;
    if (bytes === 0) break;
    at += bytes;
  }
  return outcome;
}

/** Orders paid with funds that lie with the market: nothing is transferred, so the market stands for its vaults. */
const FREE_FUNDS: readonly PoolPlaces[] = [{ pool: 2, vaults: [2, 2], user: 3 }];

/**
 * Swap, the same with free funds, limit order, the same with free funds.
 * Source of layouts: Ellipsis-Labs/phoenix-v1, src/program/instruction.rs and src/program/events.rs.
 */
export const PHOENIX: DexProgram = {
  name: 'phoenix',
  id: 'PhoeNiXZ8ByJGLkxNfZRnkUfjvmuYqLR89jjFHGqdXY',
  forms: [
    { discriminator: '00', pools: [{ pool: 2, vaults: [6, 7], user: 3 }] },
    { discriminator: '01', pools: FREE_FUNDS },
    { discriminator: '02', pools: [{ pool: 2, vaults: [7, 8], user: 3 }] },
    { discriminator: '03', pools: FREE_FUNDS },
  ],
  events: [],
  orderBook: true,
  readOrder,
};
