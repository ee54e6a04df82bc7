import { type Candle, TIMEFRAMES, type Timeframe } from '../model/candle.ts';
import { type CandleRow, candleOf, candleSelection } from './candle-columns.ts';
import { CandleStore } from './candle-store.ts';
import type { ClickhouseClient } from './clickhouse-client.ts';
import { type PoolSwap, type PoolSwapRow, poolSwapColumns, poolSwapOf } from './pool-swap.ts';

/** Where a swap stands: slot, transaction, outer and inner instruction, hop. */
export type SwapPosition = readonly [number, number, number, number, number];

export interface Pair {
  readonly baseMint: string;
  readonly quoteMint: string;
}

export interface PairSummary extends Pair {
  readonly baseDecimals: number | null;
  readonly quoteDecimals: number | null;
  /** Raw, of all candles. */
  readonly volumeBase: bigint;
  readonly volumeQuote: bigint;
  readonly trades: number;
  /** Starts of the first and the last candle of one hour, in seconds since 1970. */
  readonly firstStart: number;
  readonly lastStart: number;
  readonly lastPrice: Candle['close'];
}

/** Seconds since 1970: `from` inclusive, `to` exclusive; null for any. */
export interface TimeBounds {
  readonly from: number | null;
  readonly to: number | null;
}

export interface CandlePage extends TimeBounds {
  readonly pool: string;
  readonly pair: Pair;
  readonly timeframe: Timeframe;
  readonly limit: number;
}

/** Pairs of one pool that are told about; more than a few are no pool anybody trades with. */
const PAIRS_MAX = 100;
/** Slots that are searched first, from the newest back; each further step takes eight times as many. */
const FIRST_SLOTS = 20_000;
const STEP_FACTOR = 8;
const TIME_MAX = 2 ** 32 - 1;

/**
 * What people ask about pools. Every query is bounded, and takes what they say as parameters.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED, all methods.
 */
export class PoolQueries {
  readonly #client: ClickhouseClient;

  constructor(client: ClickhouseClient) {
    this.#client = client;
  }

  /** Swaps with the pool, the newest on the chain first, from behind `after` on. */
  async swaps(
    pool: string,
    page: TimeBounds & { readonly after: SwapPosition | null; readonly limit: number },
    signal: AbortSignal,
  ): Promise<readonly PoolSwap[]> {
    const { first, last } = await this.#slots(signal);
    const found: PoolSwap[] = [];
    let to = Math.min(page.after?.[0] ?? last, last);
    for (let width = FIRST_SLOTS; to >= first && found.length < page.limit; ) {
      const from = Math.max(first, to - width + 1);
      const limit = page.limit - found.length;
      const rows = await this.#swapsBetween(pool, { ...page, slots: [from, to], limit }, signal);
      found.push(...rows.map(poolSwapOf));
      to = from - 1;
      width *= STEP_FACTOR;
    }
    return found;
  }

  /** What the pool traded, the pair with most trades first. Swaps whose candles are not built yet are not in it. */
  async pairs(pool: string, signal: AbortSignal): Promise<readonly PairSummary[]> {
    const sql = `SELECT base_mint, quote_mint, max(base_decimals) AS base_places,
        max(quote_decimals) AS quote_places, toString(sum(volume_base)) AS base_volume,
        toString(sum(volume_quote)) AS quote_volume, sum(trades) AS count,
        toUnixTimestamp(min(start)) AS first, toUnixTimestamp(max(start)) AS last,
        argMaxIf([close_quote, close_base], close_position, close_base > 0) AS price
      FROM ${this.#client.nameOf('candles_1h')} FINAL WHERE pool = {pool:String}
      GROUP BY base_mint, quote_mint ORDER BY count DESC, base_mint, quote_mint LIMIT ${PAIRS_MAX}`;
    const rows = await this.#client.rowsWith<PairRow>(sql, { pool }, signal);
    return rows.map(pairOf);
  }

  /** Candles of one pair of the pool in the order of time. */
  async candles(page: CandlePage, signal: AbortSignal): Promise<readonly Candle[]> {
    const { from, to, limit, timeframe } = page;
    const sql = `${this.#candlesOf(timeframe)}
      AND start >= toDateTime({from:UInt32}, 'UTC') AND toUnixTimestamp(start) < {to:UInt64}
      ORDER BY start LIMIT {limit:UInt32}`;
    const params = { ...pairParams(page), from: from ?? 0, to: to ?? TIME_MAX + 1, limit };
    const rows = await this.#client.rowsWith<CandleRow>(sql, params, signal);
    return rows.map((row) => candleOf(row, timeframe));
  }

  /** The last candle before a time in which the pair had a price. */
  async pricedBefore(
    page: CandlePage,
    time: number,
    signal: AbortSignal,
  ): Promise<Candle | undefined> {
    const sql = `${this.#candlesOf(page.timeframe)}
      AND start < toDateTime({time:UInt32}, 'UTC') AND close_base > 0 ORDER BY start DESC LIMIT 1`;
    const rows = await this.#client.rowsWith<CandleRow>(sql, { ...pairParams(page), time }, signal);
    return rows[0] === undefined ? undefined : candleOf(rows[0], page.timeframe);
  }

  /** End of the last candle before chain time: up to there nothing is still to come but late swaps. */
  async knownUntil(timeframe: Timeframe, signal: AbortSignal): Promise<number> {
    const watermark = await new CandleStore(this.#client).watermark(signal);
    return watermark - (watermark % TIMEFRAMES[timeframe]);
  }

  async #slots(signal: AbortSignal): Promise<{ first: number; last: number }> {
    const sql = `SELECT min(slot) AS first, max(slot) AS last, count() AS count FROM ${this.#client.nameOf('swaps')}`;
    const [row] = await this.#client.rows<Record<'first' | 'last' | 'count', string>>(sql, signal);
    if (row === undefined || row.count === '0') return { first: 1, last: 0 };
    return { first: Number(row.first), last: Number(row.last) };
  }

  async #swapsBetween(
    pool: string,
    page: TimeBounds & {
      readonly after: SwapPosition | null;
      readonly limit: number;
      readonly slots: readonly [number, number];
    },
    signal: AbortSignal,
  ): Promise<readonly PoolSwapRow[]> {
    const position = 'slot, tx_index, outer, inner, hop';
    const { from, to, after, limit } = page;
    const wanted = [
      'pool = {pool:String} AND slot >= {slotFirst:UInt64} AND slot <= {slotLast:UInt64}',
      ...(from === null ? [] : ["block_time >= toDateTime({from:UInt32}, 'UTC')"]),
      ...(to === null
        ? []
        : ["block_time < toDateTime({to:UInt32}, 'UTC') AND toUnixTimestamp(block_time) != 0"]),
      ...(after === null
        ? []
        : [
            `(${position}) < ({slot:UInt64}, {tx:UInt32}, {outer:UInt16}, {inner:Int32}, {hop:UInt8})`,
          ]),
    ];
    const [slot = 0, tx = 0, outer = 0, inner = 0, hop = 0] = after ?? [];
    const params = {
      ...{ pool, limit, from: from ?? 0, to: to ?? 0, slot, tx, outer, inner, hop },
      ...{ slotFirst: page.slots[0], slotLast: page.slots[1] },
    };
    const order = position.replaceAll(/\w+/g, '$& DESC');
    const sql = `SELECT ${poolSwapColumns} FROM ${this.#client.nameOf('swaps')} FINAL
      WHERE ${wanted.join(' AND ')} ORDER BY ${order} LIMIT {limit:UInt32}`;
    return this.#client.rowsWith<PoolSwapRow>(sql, params, signal);
  }

  #candlesOf(timeframe: Timeframe): string {
    return `SELECT ${candleSelection} FROM ${this.#client.nameOf(`candles_${timeframe}`)} FINAL
      WHERE pool = {pool:String} AND base_mint = {base:String} AND quote_mint = {quote:String}`;
  }
}

function pairParams({ pool, pair }: CandlePage) {
  return { pool, base: pair.baseMint, quote: pair.quoteMint };
}

interface PairRow {
  readonly base_mint: string;
  readonly quote_mint: string;
  readonly base_places: number | null;
  readonly quote_places: number | null;
  readonly base_volume: string;
  readonly quote_volume: string;
  readonly count: string;
  readonly first: number;
  readonly last: number;
  readonly price: readonly [string, string] | readonly [];
}

function pairOf(row: PairRow): PairSummary {
  const [quote = '0', base = '0'] = row.price;
  return {
    ...{ baseMint: row.base_mint, quoteMint: row.quote_mint },
    ...{ baseDecimals: row.base_places, quoteDecimals: row.quote_places },
    ...{ volumeBase: BigInt(row.base_volume), volumeQuote: BigInt(row.quote_volume) },
    ...{ trades: Number(row.count), firstStart: row.first, lastStart: row.last },
    lastPrice: { quote: BigInt(quote), base: BigInt(base) },
  };
}
