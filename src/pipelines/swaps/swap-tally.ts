import type { TransactionSwaps } from '../../model/swap.ts';
import type { MismatchCount, SwapCounts } from '../../model/swap-tallies.ts';

/** Under which guesses count: their programs are unknown, and there could be any number of them. */
const GENERIC = 'generic';

/** Counts swaps by program, and mismatches by program and reason. */
export class SwapTally {
  #transactions = 0;
  readonly #swaps = new Map<string, number>();
  readonly #mismatches = new Map<string, MismatchCount>();

  add({ swaps, mismatches }: TransactionSwaps): void {
    if (swaps.length > 0) this.#transactions++;
    for (const { program, confidence } of swaps) {
      this.#countSwaps(confidence === 'generic' ? GENERIC : program, 1);
    }
    for (const { program, reason } of mismatches) {
      this.#countMismatches({ program, reason, count: 1 });
    }
  }

  addAll({ transactions, swaps, mismatches }: SwapCounts): void {
    this.#transactions += transactions;
    for (const { program, count } of swaps) this.#countSwaps(program, count);
    for (const mismatch of mismatches) this.#countMismatches(mismatch);
  }

  counts(): SwapCounts {
    return {
      transactions: this.#transactions,
      swaps: [...this.#swaps].map(([program, count]) => ({ program, count })),
      mismatches: [...this.#mismatches.values()],
    };
  }

  reset(): void {
    this.#transactions = 0;
    this.#swaps.clear();
    this.#mismatches.clear();
  }

  #countSwaps(program: string, count: number): void {
    this.#swaps.set(program, (this.#swaps.get(program) ?? 0) + count);
  }

  #countMismatches({ program, reason, count }: MismatchCount): void {
    const key = `${program} ${reason}`;
    const before = this.#mismatches.get(key)?.count ?? 0;
    this.#mismatches.set(key, { program, reason, count: before + count });
  }
}
