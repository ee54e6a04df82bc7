import { OperatingError } from '../core/errors.ts';
import type { ChainSwaps, PricedSwap } from '../model/swap.ts';
import { nativeBlock, WordColumn } from './native-columns.ts';
import { SwapColumns } from './swap-columns.ts';
import { TouchedWindows } from './touched-windows.ts';

const UINT64_MAX = 2n ** 64n - 1n;

/** Swaps as columns, and the windows of time they fall into; filled again after `clear`. */
export class SwapBatch {
  readonly #place = new PlaceColumns();
  readonly #swaps = new SwapColumns();
  readonly touches = new TouchedWindows();
  #rows = 0;

  /** Swaps of all transactions that were added. */
  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#rows * (PLACE_BYTES + SwapColumns.fixedBytes) + this.#swaps.textBytes;
  }

  /**
   * Everything is copied. A transaction is taken whole or not at all.
   * @throws {OperatingError} RECORD_MALFORMED when a number does not fit the table.
   */
  add(given: ChainSwaps): void {
    assertSwapsFit(given);
    const { swaps, slot, txIndex } = given;
    const time = given.blockTime ?? 0;
    for (const swap of swaps) {
      this.#place.add(slot, txIndex, time);
      this.#swaps.add(given.signature, swap);
      if (time !== 0) this.touches.add(slot, time, swap);
    }
    this.#rows += swaps.length;
  }

  clear(): void {
    for (const column of this.#place.columns) column.clear();
    this.#swaps.clear();
    this.touches.clear();
    this.#rows = 0;
  }

  /** The rows of `swaps`, ready to be sent; valid until the batch is changed. */
  block(): Buffer[] {
    return nativeBlock(this.#rows, [...this.#place.columns, ...this.#swaps.columns]);
  }
}

const PLACE_BYTES = 16;
const ROWS_AT_FIRST = 1024;

/** What all swaps of a transaction share. */
class PlaceColumns {
  readonly #slot = new WordColumn('slot', 'UInt64', ROWS_AT_FIRST * 2);
  readonly #txIndex = new WordColumn('tx_index', 'UInt32', ROWS_AT_FIRST);
  readonly #time = new WordColumn('block_time', "DateTime('UTC')", ROWS_AT_FIRST);
  readonly columns = [this.#slot, this.#txIndex, this.#time];

  add(slot: number, txIndex: number, time: number): void {
    this.#slot.addUint64(slot);
    this.#txIndex.add(txIndex);
    this.#time.add(time);
  }
}

/** @throws {OperatingError} RECORD_MALFORMED when a number does not fit the table. */
export function assertSwapsFit(given: ChainSwaps): void {
  const time = given.blockTime ?? 0;
  if (!inRange(time, 0, 0xffff_ffff)) throw malformed(given, `block time ${time}`);
  const misfit = given.swaps.find((swap) => !fits(swap));
  if (misfit === undefined) return;
  throw malformed(given, `an amount or index out of range in instruction ${misfit.outer}`);
}

function fits(swap: PricedSwap): boolean {
  return (
    inRange(swap.outer, 0, 0xffff) &&
    inRange(swap.inner, -1, 0x7fff_ffff) &&
    inRange(swap.hop, 0, 0xff) &&
    (swap.decimalsIn === null || inRange(swap.decimalsIn, 0, 0xff)) &&
    (swap.decimalsOut === null || inRange(swap.decimalsOut, 0, 0xff)) &&
    isUint64(swap.amountIn) &&
    isUint64(swap.amountInNet ?? 0n) &&
    isUint64(swap.amountOut) &&
    isUint64(swap.amountOutNet ?? 0n)
  );
}

function inRange(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function isUint64(value: bigint): boolean {
  return value >= 0n && value <= UINT64_MAX;
}

function malformed({ slot, txIndex, signature }: ChainSwaps, received: string): OperatingError {
  return new OperatingError(
    'RECORD_MALFORMED',
    `keeping the swaps of transaction ${txIndex} of slot ${slot}: expected numbers as the chain has them, received ${received}`,
    { retryable: false, fields: { slot, txIndex, signature } },
  );
}
