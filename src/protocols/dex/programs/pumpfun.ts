import { type DexProgram, NATIVE_VAULT, type PoolPlaces, type SwapEvent } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

const POOLS: readonly PoolPlaces[] = [
  { pool: 3, vaults: [4, NATIVE_VAULT], user: 6, mints: [2, NATIVE_VAULT] },
];
const V2_POOLS: readonly PoolPlaces[] = [{ pool: 10, vaults: [11, 12], user: 13, mints: [1, 2] }];

const LAMPORTS_AT = 32;
const TOKENS_AT = 40;
const IS_BUY_AT = 48;
/** Where the name of the instruction begins: its length (u32), then its text. Shorter events end before it. */
const NAME_AT = 250;
/** Behind the name: a flag, four u64, then shareholders: their count (u32) and so many bytes for each. */
const BEHIND_NAME_BYTES = 33;
const SHAREHOLDER_BYTES = 34;
const KEY_BYTES = 32;

/**
 * TradeEvent: mint, lamports, tokens, direction and more, seen with 121 to 363 bytes. Curves that are paid in another
 * token tell no lamports but, far behind, the quote mint and its amount.
 */
function readTradeEvent(bytes: Buffer): SwapEvent | undefined {
  const event = readEventAt(bytes, { amountIn: LAMPORTS_AT, amountOut: TOKENS_AT, pool: null });
  if (event === undefined || bytes.length <= IS_BUY_AT) return undefined;
  const quote = event.amountIn === 0n ? quoteAmount(bytes) : event.amountIn;
  return bytes[IS_BUY_AT] === 1
    ? { ...event, amountIn: quote }
    : { ...event, amountIn: event.amountOut, amountOut: quote };
}

function quoteAmount(bytes: Buffer): bigint {
  if (bytes.length < NAME_AT + 4) return 0n;
  const shareholdersAt = NAME_AT + 4 + bytes.readUInt32LE(NAME_AT) + BEHIND_NAME_BYTES;
  if (bytes.length < shareholdersAt + 4) return 0n;
  const shareholders = bytes.readUInt32LE(shareholdersAt);
  const amountAt = shareholdersAt + 4 + shareholders * SHAREHOLDER_BYTES + KEY_BYTES;
  return bytes.length < amountAt + 8 ? 0n : bytes.readBigUInt64LE(amountAt);
}

/**
 * The curve of the first forms holds lamports, which no token transfer shows: that leg is the event's.
 * Source of layouts: pump-fun/pump-public-docs, idl/pump.json.
 */
export const PUMPFUN: DexProgram = {
  name: 'pumpfun',
  id: '6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P',
  forms: [
    { discriminator: '66063d1201daebea', pools: POOLS },
    { discriminator: '38fc74089edfcd5f', pools: POOLS },
    { discriminator: '33e685a4017f83ad', pools: POOLS },
    { discriminator: 'b817ee6167c5d33d', pools: V2_POOLS },
    { discriminator: 'c2ab1c46684d5b2f', pools: V2_POOLS },
    { discriminator: '5df6823ce7e940b2', pools: V2_POOLS },
  ],
  events: [anchorEvent('bddb7fd34ee661ee', readTradeEvent)],
};
