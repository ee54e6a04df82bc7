import type { Candle } from '../../src/model/candle.ts';
import { positionFields, priceFields, swapFields } from '../../src/model/swap-fields.ts';
import { priceText } from '../../src/protocols/market/price-swap.ts';
import type { PairSummary } from '../../src/sinks/pool-queries.ts';
import type { PoolSwap } from '../../src/sinks/pool-swap.ts';
import type { FilledCandle } from './fill-candles.ts';

/** A swap as the API shows it: raw amounts and prices as decimal texts. */
export function swapView(swap: PoolSwap) {
  return {
    slot: swap.slot,
    block_time: swap.blockTime,
    signature: swap.signature,
    tx_index: swap.txIndex,
    position: positionFields(swap),
    ...swapFields(swap),
    base_amount: `${swap.baseAmount}`,
    quote_amount: `${swap.quoteAmount}`,
    ...priceFields(swap),
  };
}

/** Where the swap stands, as `after` takes it. */
export function positionText(swap: PoolSwap): string {
  return [swap.slot, swap.txIndex, swap.outer, swap.inner, swap.hop].join(':');
}

export function pairView(pair: PairSummary) {
  const decimals = { base: pair.baseDecimals, quote: pair.quoteDecimals };
  return {
    base_mint: pair.baseMint,
    quote_mint: pair.quoteMint,
    base_decimals: pair.baseDecimals,
    quote_decimals: pair.quoteDecimals,
    price: priceText(pair.lastPrice, decimals),
    volume_base: `${pair.volumeBase}`,
    volume_quote: `${pair.volumeQuote}`,
    trades: pair.trades,
    first_hour: pair.firstStart,
    last_hour: pair.lastStart,
  };
}

export function candleView(candle: FilledCandle) {
  const decimals = { base: candle.baseDecimals, quote: candle.quoteDecimals };
  const text = (price: Candle['open']): string | null => priceText(price, decimals);
  return {
    start: candle.start,
    open: text(candle.open),
    high: text(candle.high),
    low: text(candle.low),
    close: text(candle.close),
    volume_base: `${candle.volumeBase}`,
    volume_quote: `${candle.volumeQuote}`,
    trades: candle.trades,
    closed: candle.closed,
    revision: candle.revision,
    filled: candle.filled,
  };
}
