import { TIMEFRAMES, type Timeframe } from '../model/candle.ts';
import { CANDLE_FACTS, CANDLE_KEY, contentOf } from './candle-columns.ts';

/** Gives a table's quoted name. */
export type TableName = (name: string) => string;

/** Batches of one window that are noted as done together; what is beyond is done the next time. */
const BATCHES_MAX = 1_000;
/**
 * Between the first and the last window under way. All swaps in between are read, and of an epoch or two that would
 * take longer than a statement may; of these six hours there are some ten million.
 */
const SPAN_SECONDS = 6 * 3_600;

/** Whether a row is of one of the windows under way. */
export function isUnderWay(table: TableName, key = CANDLE_KEY): string {
  return `(${key}) IN (SELECT ${CANDLE_KEY} FROM ${table('candle_work')})`;
}

/** Puts the next windows under way that may have changed, in the order of time, as far as they are near each other. */
export function pickWindows(table: TableName): string {
  const key = 'start, pool, base_mint, quote_mint';
  return `INSERT INTO ${table('candle_work')} (${key}, batches, slot_first, slot_last)
    SELECT ${key}, numbers, first_of_all, last_of_all
    FROM (
      SELECT ${key}, groupArray(${BATCHES_MAX})(batch) AS numbers, min(first) AS first_of_all,
        max(last) AS last_of_all, min(start) OVER () AS earliest
      FROM (
        SELECT ${key}, batch, min(slot_first) AS first, max(slot_last) AS last
        FROM ${table('candle_touches')}
        WHERE seconds = {seconds:UInt32} AND toUnixTimestamp(start) <= {until:Int64}
          AND start >= toDateTime({afterStart:UInt32}, 'UTC')
          AND (${key}) > (toDateTime({afterStart:UInt32}, 'UTC'), {afterPool:String}, {afterBase:String}, {afterQuote:String})
        GROUP BY ${key}, batch
        HAVING sum(sign) > 0
      )
      GROUP BY ${key} ORDER BY ${key} LIMIT {limit:UInt32}
    )
    WHERE toUnixTimestamp(start) < toUnixTimestamp(earliest) + ${SPAN_SECONDS}`;
}

/**
 * Writes the next revision of those windows under way whose candle is not what it should be. It reads what `fresh`
 * gives: for each window the columns of `CANDLE_FACTS`.
 */
function rewrite(table: TableName, timeframe: Timeframe, fresh: string): string {
  const target = table(`candles_${timeframe}`);
  const facts = CANDLE_FACTS.map((name) => `fresh.${name}`).join(', ');
  const isClosed = `greatest(toUnixTimestamp(fresh.start) <= {closedUntil:Int64}, present.closed)`;
  return `INSERT INTO ${target} (${CANDLE_KEY}, ${CANDLE_FACTS.join(', ')}, closed, revision, published)
    SELECT fresh.pool, fresh.base_mint, fresh.quote_mint, fresh.start, ${facts},
      ${isClosed}, present.revision + 1, 0
    FROM (${fresh}) AS fresh
    LEFT JOIN (SELECT * FROM ${target} FINAL WHERE ${isUnderWay(table)}) AS present
    USING (${CANDLE_KEY})
    WHERE present.revision = 0 OR present.closed != ${isClosed}
      OR ${contentOf('fresh')} != ${contentOf('present')}`;
}

/**
 * Prices are compared exactly: two different fractions of 64-bit amounts differ by more than 2^-128, so their whole
 * parts differ when both are 2^128 times as large. Of equal prices the earliest counts.
 */
const RATIO = 'toInt256(intDiv(bitShiftLeft(toUInt256(quote), 128), greatest(base, 1)))';

/** The columns of the four prices, each the amounts of the swap that made it. */
const PRICE_COLUMNS = [
  ['open', 'opened'],
  ['high', 'highest'],
  ['low', 'lowest'],
  ['close', 'ended'],
]
  .flatMap(([name, amounts]) => [
    `tupleElement(${amounts}, 1) AS ${name}_quote`,
    `tupleElement(${amounts}, 2) AS ${name}_base`,
  ])
  .join(', ');

/** Candles of one minute from the swaps themselves. */
export function rewriteMinutes(table: TableName): string {
  const bucket = 'toStartOfMinute(block_time)';
  const windows = `pool, base_mint, quote_mint, ${bucket}`;
  return rewrite(
    table,
    '1m',
    `SELECT pool, base_mint, quote_mint, bucket AS start,
      max(decimals_of_base) AS base_decimals, max(decimals_of_quote) AS quote_decimals,
      argMinIf(amounts, position, priced) AS opened, argMaxIf(amounts, position, priced) AS ended,
      argMinIf(amounts, (-ratio, position), priced) AS highest,
      argMinIf(amounts, (ratio, position), priced) AS lowest,
      ${PRICE_COLUMNS},
      sum(toUInt128(base)) AS volume_base, sum(toUInt128(quote)) AS volume_quote, count() AS trades,
      minIf(position, priced) AS open_position, maxIf(position, priced) AS close_position,
      min(slot) AS slot_first, max(slot) AS slot_last
    FROM (
      SELECT slot, pool, base_mint, quote_mint, ${bucket} AS bucket,
        base_amount AS base, quote_amount AS quote, (quote, base) AS amounts, ${RATIO} AS ratio,
        base > 0 AND quote > 0 AS priced, (slot, tx_index, outer, inner, hop) AS position,
        if(base_is_in = 1, decimals_in, decimals_out) AS decimals_of_base,
        if(base_is_in = 1, decimals_out, decimals_in) AS decimals_of_quote
      FROM ${table('swaps')} FINAL
      WHERE slot >= {slotFirst:UInt64} AND slot <= {slotLast:UInt64}
        AND toUnixTimestamp(block_time) != 0 AND ${isUnderWay(table, windows)}
    )
    GROUP BY pool, base_mint, quote_mint, bucket`,
  );
}

/** Candles of a longer time from those of the next shorter one. */
export function rewriteFolds(table: TableName, from: Timeframe, to: Timeframe): string {
  const seconds = TIMEFRAMES[to];
  const bucket = `toDateTime(intDiv(toUnixTimestamp(start), ${seconds}) * ${seconds}, 'UTC')`;
  const windows = `pool, base_mint, quote_mint, ${bucket}`;
  return rewrite(
    table,
    to,
    `SELECT pool, base_mint, quote_mint, bucket AS start,
      max(base_places) AS base_decimals, max(quote_places) AS quote_decimals,
      argMinIf(opens, opened_at, priced) AS opened, argMaxIf(closes, closed_at, priced) AS ended,
      argMinIf(highs, (-high_ratio, opened_at), priced) AS highest,
      argMinIf(lows, (low_ratio, opened_at), priced) AS lowest,
      ${PRICE_COLUMNS},
      sum(base_volume) AS volume_base, sum(quote_volume) AS volume_quote, sum(count) AS trades,
      minIf(opened_at, priced) AS open_position, maxIf(closed_at, priced) AS close_position,
      min(first) AS slot_first, max(last) AS slot_last
    FROM (
      SELECT pool, base_mint, quote_mint, ${bucket} AS bucket,
        base_decimals AS base_places, quote_decimals AS quote_places,
        (open_quote, open_base) AS opens, (close_quote, close_base) AS closes,
        (high_quote, high_base) AS highs, ${ratioOf('high')} AS high_ratio,
        (low_quote, low_base) AS lows, ${ratioOf('low')} AS low_ratio,
        volume_base AS base_volume, volume_quote AS quote_volume, trades AS count,
        open_position AS opened_at, close_position AS closed_at, open_base > 0 AS priced,
        slot_first AS first, slot_last AS last
      FROM ${table(`candles_${from}`)} FINAL
      WHERE (pool, base_mint, quote_mint) IN (SELECT pool, base_mint, quote_mint FROM ${table('candle_work')})
        AND ${isUnderWay(table, windows)}
    )
    GROUP BY pool, base_mint, quote_mint, bucket`,
  );
}

function ratioOf(price: 'high' | 'low'): string {
  return RATIO.replace('quote', `${price}_quote`).replace('base', `${price}_base`);
}

/** Notes that the longer windows around those under way may have changed. */
export function touchFolds(table: TableName, to: Timeframe): string {
  const seconds = TIMEFRAMES[to];
  return `INSERT INTO ${table('candle_touches')}
      (seconds, start, pool, base_mint, quote_mint, batch, slot_first, slot_last, sign)
    SELECT ${seconds}, toDateTime(intDiv(toUnixTimestamp(start), ${seconds}) * ${seconds}, 'UTC') AS bucket,
      pool, base_mint, quote_mint, {batch:UInt64}, min(slot_first), max(slot_last), 1
    FROM ${table('candle_work')}
    GROUP BY bucket, pool, base_mint, quote_mint`;
}

/** Notes that the windows under way are up to date, as far as they are closed: an open one has to be closed yet. */
export function settleWindows(table: TableName): string {
  return `INSERT INTO ${table('candle_touches')}
      (seconds, start, pool, base_mint, quote_mint, batch, slot_first, slot_last, sign)
    SELECT {seconds:UInt32}, start, pool, base_mint, quote_mint, arrayJoin(batches), slot_first, slot_last, -1
    FROM ${table('candle_work')}
    WHERE toUnixTimestamp(start) <= {closedUntil:Int64}`;
}

/** Notes that the revisions of the windows under way were handed on. */
export function markPublished(table: TableName, timeframe: Timeframe): string {
  const columns = `${CANDLE_KEY}, ${CANDLE_FACTS.join(', ')}, closed, revision`;
  const candles = table(`candles_${timeframe}`);
  return `INSERT INTO ${candles} (${columns}, published)
    SELECT ${columns}, 1 FROM ${candles} FINAL WHERE ${isUnderWay(table)} AND published = 0`;
}
