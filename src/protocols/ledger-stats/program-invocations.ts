import { INNER_STRIDE } from '../../decode/status-meta-fields.ts';
import { INSTRUCTION_STRIDE } from '../../decode/transaction.ts';
import type { InvocationColumns } from '../../model/ledger-stats.ts';
import { KeyTable, type KeyTableOptions } from './key-table.ts';
import { findAccount, type StatsTransaction } from './stats-transaction.ts';

const PROGRAMS_AT_FIRST = 64;

/**
 * What programs were called in a slot. A transaction's compute units are divided evenly, without remainder, by the
 * number of instructions that are counted of it, since the chain does not tell them one by one.
 */
export class ProgramInvocations implements InvocationColumns {
  readonly #table: KeyTable;
  /** False counts top-level instructions; true the whole call tree, with programs that were loaded. */
  readonly #wholeTree: boolean;
  /** Rows of the instructions of one transaction. */
  #rows = new Int32Array(64);
  counts = new Float64Array(PROGRAMS_AT_FIRST * 2);
  errors = new Float64Array(PROGRAMS_AT_FIRST * 2);
  minUnits = new Float64Array(PROGRAMS_AT_FIRST * 2);
  maxUnits = new Float64Array(PROGRAMS_AT_FIRST * 2);
  totalUnits = new Float64Array(PROGRAMS_AT_FIRST * 2);

  constructor(options: KeyTableOptions & { readonly wholeTree: boolean }) {
    this.#table = new KeyTable(options);
    this.#wholeTree = options.wholeTree;
  }

  get programs(): number {
    return this.#table.count;
  }

  get keys(): Int32Array {
    return this.#table.words;
  }

  /** @throws {OperatingError} RECORD_TOO_LARGE when the slot calls too many programs. */
  add(transaction: StatsTransaction): void {
    const { fields, isVote } = transaction;
    const instructions = this.#findPrograms(transaction);
    const units = Math.floor(Math.max(0, fields.computeUnits) / instructions);
    const vote = isVote ? 1 : 0;
    const failed = fields.failed ? 1 : 0;
    for (let i = 0; i < instructions; i++) {
      this.#count((this.#rows[i] ?? 0) * 2 + vote, units, failed);
    }
  }

  reset(): void {
    const rows = this.#table.count * 2;
    for (const column of [this.counts, this.errors, this.maxUnits, this.totalUnits]) {
      column.fill(0, 0, rows);
    }
    this.#table.reset();
  }

  /** Fills `#rows` with the programs of the counted instructions. @returns how many these are. */
  #findPrograms(transaction: StatsTransaction): number {
    const { layout, fields } = transaction;
    const { instructions, instructionCount, keyCount } = layout;
    const inner = this.#wholeTree ? fields.innerCount : 0;
    if (instructionCount + inner > this.#rows.length) {
      this.#rows = new Int32Array((instructionCount + inner) * 2);
    }
    const bound = this.#wholeTree ? Number.POSITIVE_INFINITY : keyCount;
    let found = 0;
    for (let i = 0; i < instructionCount; i++) {
      const index = instructions[i * INSTRUCTION_STRIDE] ?? 0;
      const program = index < bound ? findAccount(this.#table, transaction, index) : -1;
      if (program >= 0) this.#rows[found++] = program;
    }
    for (let i = 0; i < inner; i++) {
      const index = fields.inner[i * INNER_STRIDE + 1] ?? 0;
      const program = findAccount(this.#table, transaction, index);
      if (program >= 0) this.#rows[found++] = program;
    }
    if (this.#table.count * 2 > this.counts.length) this.#grow();
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

  #grow(): void {
    const rows = this.#table.count * 4;
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
