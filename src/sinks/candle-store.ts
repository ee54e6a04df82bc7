import { randomBytes } from 'node:crypto';
import { type Candle, TIMEFRAMES, type Timeframe } from '../model/candle.ts';
import { type CandleRow, candleOf, candleSelection } from './candle-columns.ts';
import {
  isUnderWay,
  markPublished,
  pickWindows,
  rewriteFolds,
  rewriteMinutes,
  settleWindows,
  touchFolds,
} from './candle-sql.ts';
import type { ClickhouseClient } from './clickhouse-client.ts';

/** Slots from the newest back in which a block with a time is looked for: about an hour. */
const WATERMARK_SLOTS = 10_000;
/** A bound of times that no window reaches. */
const END_OF_TIME = 2 ** 32;

/** Up to where a pass over the windows has come. */
export interface WindowCursor {
  readonly start: number;
  readonly pool: string;
  readonly baseMint: string;
  readonly quoteMint: string;
}

export const FIRST_WINDOW: WindowCursor = { start: 0, pool: '', baseMint: '', quoteMint: '' };

export interface PickOptions {
  readonly timeframe: Timeframe;
  /** Windows behind it in the order of time, pool and pair. */
  readonly after: WindowCursor;
  /** Latest start of a window; null for any. */
  readonly until: number | null;
  readonly limit: number;
}

interface LastWindowRow {
  readonly windows: string;
  readonly time: number;
  readonly pool: string;
  readonly base_mint: string;
  readonly quote_mint: string;
}

/**
 * Candles in ClickHouse and the windows that have to be looked at again. Everything is worked out by the server, for
 * the windows that `pick` put under way; for one process at a time.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED, DISK_FULL, all methods.
 */
export class CandleStore {
  readonly #client: ClickhouseClient;
  readonly #table: (name: string) => string;

  constructor(client: ClickhouseClient) {
    this.#client = client;
    this.#table = (name) => client.nameOf(name);
  }

  /** Time of the newest block that swaps are known of, in seconds since 1970; 0 when there are none. */
  async watermark(signal: AbortSignal): Promise<number> {
    const swaps = this.#table('swaps');
    const sql = `SELECT toUnixTimestamp(max(block_time)) AS time FROM ${swaps} WHERE slot >=
      (SELECT if(max(slot) > ${WATERMARK_SLOTS}, max(slot) - ${WATERMARK_SLOTS}, 0) FROM ${swaps})`;
    const [row] = await this.#client.rows<{ readonly time: number }>(sql, signal);
    return row?.time ?? 0;
  }

  /**
   * Puts the next windows under way that may have changed.
   * @returns how many there are and the last one of them, or undefined when there are none.
   */
  async pick(
    options: PickOptions,
    signal: AbortSignal,
  ): Promise<{ readonly windows: number; readonly last: WindowCursor } | undefined> {
    const { timeframe, after, until, limit } = options;
    const work = this.#table('candle_work');
    await this.#client.command(`TRUNCATE TABLE ${work}`, signal);
    const params = {
      ...{ seconds: TIMEFRAMES[timeframe], until: until ?? END_OF_TIME, limit },
      ...{ afterStart: after.start, afterPool: after.pool },
      ...{ afterBase: after.baseMint, afterQuote: after.quoteMint },
    };
    await this.#client.commandWith(pickWindows(this.#table), params, signal);
    const sql = `SELECT count() OVER () AS windows, toUnixTimestamp(start) AS time, pool, base_mint, quote_mint
      FROM ${work} ORDER BY start DESC, pool DESC, base_mint DESC, quote_mint DESC LIMIT 1`;
    const [row] = await this.#client.rows<LastWindowRow>(sql, signal);
    if (row === undefined) return undefined;
    const { time: start, pool, base_mint: baseMint, quote_mint: quoteMint } = row;
    return { windows: Number(row.windows), last: { start, pool, baseMint, quoteMint } };
  }

  /**
   * Brings the candles of the windows under way up to date: those that changed get their next revision.
   * @param closedUntil latest start of a window that is closed.
   */
  async rewrite(timeframe: Timeframe, closedUntil: number, signal: AbortSignal): Promise<void> {
    if (timeframe !== '1m') {
      const from = timeframe === '5m' ? '1m' : '5m';
      const sql = rewriteFolds(this.#table, from, timeframe);
      await this.#client.commandWith(sql, { closedUntil }, signal);
      return;
    }
    // A window's earlier swaps lie where its candle says, the later ones where they were written.
    const sql = `SELECT least(min(slot_first), ifNull((${this.#present('minOrNull(slot_first)')}), 18446744073709551615)) AS slotFirst,
      greatest(max(slot_last), ifNull((${this.#present('maxOrNull(slot_last)')}), 0)) AS slotLast
      FROM ${this.#table('candle_work')}`;
    const [slots] = await this.#client.rows<{ slotFirst: string; slotLast: string }>(sql, signal);
    if (slots === undefined) return;
    const params = { closedUntil, slotFirst: slots.slotFirst, slotLast: slots.slotLast };
    await this.#client.commandWith(rewriteMinutes(this.#table), params, signal);
  }

  /** Revisions of the windows under way that were not handed on, in the order of time. */
  async unpublished(timeframe: Timeframe, signal: AbortSignal): Promise<readonly Candle[]> {
    const sql = `SELECT ${candleSelection} FROM ${this.#table(`candles_${timeframe}`)} FINAL
      WHERE ${isUnderWay(this.#table)} AND published = 0 ORDER BY start, pool, base_mint, quote_mint`;
    const rows = await this.#client.rows<CandleRow>(sql, signal);
    return rows.map((row) => candleOf(row, timeframe));
  }

  /** Notes that what `unpublished` gave was handed on. */
  async markPublished(timeframe: Timeframe, signal: AbortSignal): Promise<void> {
    await this.#client.commandWith(markPublished(this.#table, timeframe), {}, signal);
  }

  /**
   * Notes that the windows under way are up to date, after it is noted that the longer ones around them may not be.
   * Those that are still open stay to be looked at.
   */
  async settle(timeframe: Timeframe, closedUntil: number, signal: AbortSignal): Promise<void> {
    const longer = timeframe === '1m' ? '5m' : timeframe === '5m' ? '1h' : null;
    if (longer !== null) {
      const batch = randomBytes(8).readBigUInt64LE().toString();
      await this.#client.commandWith(touchFolds(this.#table, longer), { batch }, signal);
    }
    const params = { seconds: TIMEFRAMES[timeframe], closedUntil };
    await this.#client.commandWith(settleWindows(this.#table), params, signal);
  }

  #present(expression: string): string {
    return `SELECT ${expression} FROM ${this.#table('candles_1m')} FINAL WHERE ${isUnderWay(this.#table)}`;
  }
}
