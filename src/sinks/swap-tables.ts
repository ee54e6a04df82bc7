/** Slots of an epoch on mainnet; a partition of `swaps` holds one, so that a key always falls into the same. */
const SLOTS_PER_PARTITION = 432_000;
/**
 * Parts below this stand in one file: a file for each of two dozen columns costs the server more than twice as much
 * for a batch as the rows themselves.
 */
const WIDE_PART_BYTES = 128 * 2 ** 20;

/**
 * Tables of swaps and their candles.
 *
 * `swaps` replaces by chain position. Of two rows of one place the one that knows its block time wins, then the one
 * written last, so that a replay from a source without times takes none away.
 *
 * `candle_touches` says which windows may have changed: a batch that wrote swaps of a window leaves a row of sign 1
 * there, and whoever has brought the candle up to date adds the same row with sign -1. A batch is named by a random
 * number, so that neither row does harm when it is written twice. `candle_work` holds the windows under way.
 */
export function swapTables(table: (name: string) => string): readonly string[] {
  return [
    swaps(table('swaps')),
    candles(table('candles_1m')),
    candles(table('candles_5m')),
    candles(table('candles_1h')),
    `CREATE TABLE IF NOT EXISTS ${table('candle_touches')} (
      seconds UInt32,
      start DateTime('UTC'),
      pool String,
      base_mint String,
      quote_mint String,
      batch UInt64,
      slot_first UInt64,
      slot_last UInt64,
      sign Int8
    ) ENGINE = CollapsingMergeTree(sign) ORDER BY (seconds, start, pool, base_mint, quote_mint, batch)`,
    `CREATE TABLE IF NOT EXISTS ${table('candle_work')} (
      start DateTime('UTC'),
      pool String,
      base_mint String,
      quote_mint String,
      batches Array(UInt64),
      slot_first UInt64,
      slot_last UInt64
    ) ENGINE = MergeTree ORDER BY (pool, base_mint, quote_mint, start)`,
  ];
}

/**
 * Positions go down to the hop, since one call can trade with several pools. A top-level call has `inner` -1. The base
 * and the quote are what came in and went out, or the other way round, so they are not kept twice: their columns are
 * worked out when they are read, and `SELECT *` leaves them out.
 */
function swaps(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table} (
    slot UInt64 CODEC(Delta, ZSTD(1)),
    tx_index UInt32 CODEC(Delta, ZSTD(1)),
    outer UInt16,
    inner Int32,
    hop UInt8,
    block_time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    signature String CODEC(ZSTD(1)),
    program LowCardinality(String),
    program_id String CODEC(ZSTD(1)),
    route Nullable(String) CODEC(ZSTD(1)),
    pool String CODEC(ZSTD(1)),
    user String CODEC(ZSTD(1)),
    mint_in String CODEC(ZSTD(1)),
    decimals_in Nullable(UInt8),
    amount_in UInt64,
    amount_in_net Nullable(UInt64),
    mint_out String CODEC(ZSTD(1)),
    decimals_out Nullable(UInt8),
    amount_out UInt64,
    amount_out_net Nullable(UInt64),
    base_is_in UInt8,
    base_mint String ALIAS if(base_is_in = 1, mint_in, mint_out),
    quote_mint String ALIAS if(base_is_in = 1, mint_out, mint_in),
    base_amount UInt64 ALIAS if(base_is_in = 1, ifNull(amount_in_net, amount_in), amount_out),
    quote_amount UInt64 ALIAS if(base_is_in = 1, amount_out, ifNull(amount_in_net, amount_in)),
    price String CODEC(ZSTD(1)),
    confidence LowCardinality(String),
    written_at DateTime64(3, 'UTC') DEFAULT now64(3),
    version UInt64 DEFAULT if(toUnixTimestamp(block_time) = 0, 0, toUnixTimestamp64Milli(written_at)),
    INDEX pool_filter pool TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX block_time_range block_time TYPE minmax GRANULARITY 1
  ) ENGINE = ReplacingMergeTree(version)
    PARTITION BY intDiv(slot, ${SLOTS_PER_PARTITION})
    ORDER BY (slot, tx_index, outer, inner, hop)
    SETTINGS min_bytes_for_wide_part = ${WIDE_PART_BYTES}`;
}

/**
 * Prices are the raw amounts of the swaps that made them, both 0 where no swap of the window had a price. Positions are
 * `(slot, tx_index, outer, inner, hop)`. `published` is 1 once the revision was handed on.
 */
function candles(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table} (
    pool String,
    base_mint String,
    quote_mint String,
    start DateTime('UTC'),
    base_decimals Nullable(UInt8),
    quote_decimals Nullable(UInt8),
    open_quote UInt64,
    open_base UInt64,
    high_quote UInt64,
    high_base UInt64,
    low_quote UInt64,
    low_base UInt64,
    close_quote UInt64,
    close_base UInt64,
    volume_base UInt128,
    volume_quote UInt128,
    trades UInt64,
    open_position ${POSITION},
    close_position ${POSITION},
    slot_first UInt64,
    slot_last UInt64,
    closed UInt8,
    revision UInt32,
    published UInt8,
    written_at DateTime64(3, 'UTC') DEFAULT now64(3),
    version UInt64 DEFAULT toUInt64(revision) * 2 + published
  ) ENGINE = ReplacingMergeTree(version)
    PARTITION BY toYYYYMM(start)
    ORDER BY (pool, base_mint, quote_mint, start)`;
}

const POSITION = 'Tuple(slot UInt64, tx_index UInt32, outer UInt16, inner Int32, hop UInt8)';
