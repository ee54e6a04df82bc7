import { z } from 'zod';
import { type Candle, type PriceRatio, TIMEFRAMES, type Timeframe } from '../../model/candle.ts';
import {
  CANDLE_MESSAGE_VERSION,
  type CandleMessage,
  type CandlePrice,
} from '../../model/candle-message.ts';
import { CHAIN_ID } from '../../model/swap-message.ts';
import { priceText } from '../../protocols/market/price-swap.ts';

const address = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/, 'an address in base58');
const digits = z.string().regex(/^(0|[1-9]\d*)$/, 'a whole number in decimal digits');
const decimals = z.int().min(0).max(255).nullable();
const seconds = z
  .int()
  .min(0)
  .max(0xffff_ffff + TIMEFRAMES['1h']);
const price = z
  .strictObject({
    price: z
      .string()
      .regex(/^\d+(\.\d+)?$/, 'a decimal number')
      .nullable(),
    quote: digits,
    base: digits,
  })
  .nullable();

/** The JSON Schema in docs/schemas is made from this one. */
export const candleMessageSchema = z
  .strictObject({
    version: z.literal(CANDLE_MESSAGE_VERSION),
    chain_id: z.literal(CHAIN_ID),
    timeframe: z.enum(['1m', '5m', '1h']),
    pool: address,
    base_mint: address,
    quote_mint: address,
    base_decimals: decimals,
    quote_decimals: decimals,
    start: seconds,
    end: seconds,
    open: price,
    high: price,
    low: price,
    close: price,
    volume_base: digits,
    volume_quote: digits,
    trades: z.int().min(1),
    revision: z.int().min(1),
    closed: z.boolean(),
  })
  .meta({
    title: 'dex.sol.candles',
    description: 'One revision of what a pool traded in one window of chain time.',
  }) satisfies z.ZodType<CandleMessage>;

export function candleSubject(timeframe: Timeframe): string {
  return `dex.sol.candles.${timeframe}`;
}

/** Identifies one revision. The pair is part of it, because some pools trade several. */
export function candleMessageId(candle: Candle): string {
  const { pool, baseMint, quoteMint, timeframe, start, revision } = candle;
  return [CHAIN_ID, pool, baseMint, quoteMint, timeframe, start, revision].join(':');
}

export function encodeCandleMessage(candle: Candle): Buffer {
  const { timeframe, start } = candle;
  const message: CandleMessage = {
    version: CANDLE_MESSAGE_VERSION,
    chain_id: CHAIN_ID,
    timeframe,
    pool: candle.pool,
    base_mint: candle.baseMint,
    quote_mint: candle.quoteMint,
    base_decimals: candle.baseDecimals,
    quote_decimals: candle.quoteDecimals,
    start,
    end: start + TIMEFRAMES[timeframe],
    open: priceOf(candle, candle.open),
    high: priceOf(candle, candle.high),
    low: priceOf(candle, candle.low),
    close: priceOf(candle, candle.close),
    volume_base: `${candle.volumeBase}`,
    volume_quote: `${candle.volumeQuote}`,
    trades: candle.trades,
    revision: candle.revision,
    closed: candle.closed,
  };
  return Buffer.from(JSON.stringify(message));
}

/** Null where no swap of the window had a price. */
function priceOf({ baseDecimals, quoteDecimals }: Candle, ratio: PriceRatio): CandlePrice | null {
  if (ratio.base === 0n) return null;
  const decimalsOfPair = { base: baseDecimals, quote: quoteDecimals };
  return {
    price: priceText(ratio, decimalsOfPair),
    quote: `${ratio.quote}`,
    base: `${ratio.base}`,
  };
}
