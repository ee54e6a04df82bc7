import { TIMEFRAMES } from '../model/candle.ts';
import type { PricedSwap } from '../model/swap.ts';
import { ByteColumn, nativeBlock, WordColumn } from './native-columns.ts';
import { LongColumn, StringColumn } from './native-values.ts';

const SECONDS = TIMEFRAMES['1m'];
const ROWS_AT_FIRST = 256;

interface TouchedWindow {
  readonly start: number;
  readonly swap: PricedSwap;
  /** Another window of the same pool, one that was begun before. */
  readonly before: TouchedWindow | undefined;
  slotFirst: number;
  slotLast: number;
}

/** The windows of one minute that a batch of swaps falls into, once each. */
export class TouchedWindows {
  /** The latest window of each pool; swaps mostly come in order, so it is mostly the one that is looked for. */
  readonly #latest = new Map<string, TouchedWindow>();
  #rows = 0;

  /** How many windows there are. */
  get rows(): number {
    return this.#rows;
  }

  /** @param time seconds since 1970, greater than 0. */
  add(slot: number, time: number, swap: PricedSwap): void {
    const start = time - (time % SECONDS);
    const before = this.#latest.get(swap.pool);
    let window = before;
    while (window !== undefined && !isOf(window, start, swap)) window = window.before;
    if (window === undefined) {
      this.#latest.set(swap.pool, { start, swap, before, slotFirst: slot, slotLast: slot });
      this.#rows++;
      return;
    }
    if (slot < window.slotFirst) window.slotFirst = slot;
    if (slot > window.slotLast) window.slotLast = slot;
  }

  clear(): void {
    this.#latest.clear();
    this.#rows = 0;
  }

  /** The rows of `candle_touches`. @param batch the number that names this batch among all. */
  block(batch: bigint): Buffer[] {
    const columns = new TouchColumns();
    for (const latest of this.#latest.values()) {
      for (let window: TouchedWindow | undefined = latest; window; window = window.before) {
        columns.add(window, batch);
      }
    }
    return nativeBlock(this.rows, columns.columns);
  }
}

function isOf(window: TouchedWindow, start: number, swap: PricedSwap): boolean {
  if (window.start !== start) return false;
  return window.swap.baseMint === swap.baseMint && window.swap.quoteMint === swap.quoteMint;
}

class TouchColumns {
  readonly #seconds = new WordColumn('seconds', 'UInt32', ROWS_AT_FIRST);
  readonly #start = new WordColumn('start', "DateTime('UTC')", ROWS_AT_FIRST);
  readonly #pool = new StringColumn('pool', ROWS_AT_FIRST * 45);
  readonly #baseMint = new StringColumn('base_mint', ROWS_AT_FIRST * 45);
  readonly #quoteMint = new StringColumn('quote_mint', ROWS_AT_FIRST * 45);
  readonly #batch = new LongColumn('batch', 'UInt64', ROWS_AT_FIRST);
  readonly #slotFirst = new WordColumn('slot_first', 'UInt64', ROWS_AT_FIRST * 2);
  readonly #slotLast = new WordColumn('slot_last', 'UInt64', ROWS_AT_FIRST * 2);
  readonly #sign = new ByteColumn('sign', 'Int8');
  readonly columns = [
    ...[this.#seconds, this.#start, this.#pool, this.#baseMint, this.#quoteMint, this.#batch],
    ...[this.#slotFirst, this.#slotLast, this.#sign],
  ];

  add({ start, swap, slotFirst, slotLast }: TouchedWindow, batch: bigint): void {
    this.#seconds.add(SECONDS);
    this.#start.add(start);
    this.#pool.add(swap.pool);
    this.#baseMint.add(swap.baseMint);
    this.#quoteMint.add(swap.quoteMint);
    this.#batch.add(batch);
    this.#slotFirst.addUint64(slotFirst);
    this.#slotLast.addUint64(slotLast);
    this.#sign.add(1);
  }
}
