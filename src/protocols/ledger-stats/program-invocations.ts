import { INNER_STRIDE, type StatusMetaFields } from '../../decode/status-meta-fields.ts';
import { INSTRUCTION_STRIDE, type TransactionLayout } from '../../decode/transaction.ts';
import type { InvocationColumns } from '../../model/ledger-stats.ts';
import type { AccountNumbers } from './account-numbers.ts';
import type { StatsTransaction } from './stats-transaction.ts';

const ROWS_AT_FIRST = 2048;

/**
 * What programs were called in a slot. A transaction's compute units are divided evenly, without remainder, by the
 * number of instructions that are counted of it, since the chain does not tell them one by one.
 */
export class ProgramInvocations implements InvocationColumns {
  /** False counts top-level instructions; true the whole call tree, with programs that were loaded. */
  readonly #wholeTree: boolean;
  /** Keys of the programs that one transaction calls, instruction by instruction. */
  #programs = new Int32Array(64);
  counts = new Float64Array(ROWS_AT_FIRST);
  errors = new Float64Array(ROWS_AT_FIRST);
  minUnits = new Float64Array(ROWS_AT_FIRST);
  maxUnits = new Float64Array(ROWS_AT_FIRST);
  totalUnits = new Float64Array(ROWS_AT_FIRST);

  constructor(wholeTree: boolean) {
    this.#wholeTree = wholeTree;
  }

  add({ layout, fields, isVote }: StatsTransaction, accounts: AccountNumbers): void {
    if (accounts.table.count * 2 > this.counts.length) this.#grow(accounts.table.count * 4);
    const instructions = this.#findPrograms(layout, fields, accounts);
    const units = Math.floor(Math.max(0, fields.computeUnits) / instructions);
    const vote = isVote ? 1 : 0;
    const failed = fields.failed ? 1 : 0;
    for (let i = 0; i < instructions; i++) {
      this.#count((this.#programs[i] ?? 0) * 2 + vote, units, failed);
    }
  }

  /** @param keys how many keys the slot had. */
  reset(keys: number): void {
    for (const column of [this.counts, this.errors, this.maxUnits, this.totalUnits]) {
      column.fill(0, 0, keys * 2);
    }
  }

  /** Fills `#programs`. @returns how many instructions are counted. */
  #findPrograms(
    { instructions, instructionCount }: TransactionLayout,
    { inner, innerCount }: StatusMetaFields,
    { numbers, staticCount, count }: AccountNumbers,
  ): number {
    if (instructionCount + innerCount > this.#programs.length) {
      this.#programs = new Int32Array((instructionCount + innerCount) * 2);
    }
    const bound = this.#wholeTree ? count : staticCount;
    let found = 0;
    for (let i = 0; i < instructionCount; i++) {
      const index = instructions[i * INSTRUCTION_STRIDE] ?? 0;
      if (index < bound) this.#programs[found++] = numbers[index] ?? 0;
    }
    for (let i = 0; this.#wholeTree && i < innerCount; i++) {
      const index = inner[i * INNER_STRIDE + 1] ?? 0;
      if (index < bound) this.#programs[found++] = numbers[index] ?? 0;
    }
    return found;
  }

  #count(row: number, units: number, failed: number): void {
    const { counts, errors, minUnits, maxUnits, totalUnits } = this;
    const before = counts[row] ?? 0;
    minUnits[row] = before === 0 ? units : Math.min(minUnits[row] ?? 0, units);
    maxUnits[row] = Math.max(maxUnits[row] ?? 0, units);
    totalUnits[row] = (totalUnits[row] ?? 0) + units;
    errors[row] = (errors[row] ?? 0) + failed;
    counts[row] = before + 1;
  }

  #grow(rows: number): void {
    this.counts = grown(this.counts, rows);
    this.errors = grown(this.errors, rows);
    this.minUnits = grown(this.minUnits, rows);
    this.maxUnits = grown(this.maxUnits, rows);
    this.totalUnits = grown(this.totalUnits, rows);
  }
}

function grown(column: Float64Array, rows: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(rows);
  larger.set(column);
  return larger;
}
