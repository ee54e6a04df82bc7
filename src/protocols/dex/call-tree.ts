import type { LedgerInstruction, LedgerTransaction } from '../../model/ledger-transaction.ts';
import type { StatusMeta } from '../../model/status-meta.ts';
import type { TransactionPrograms } from './transaction-programs.ts';

/** Matches `Program <address> invoke [<depth>]`, the line that the runtime writes when a call begins. */
const INVOKE = /^Program [1-9A-HJ-NP-Za-km-z]{32,44} invoke \[(\d+)\]$/;

/** Which calls a call caused. */
export class CallTree {
  readonly #transaction: LedgerTransaction;
  readonly #programs: TransactionPrograms;
  readonly #heights: readonly number[] | null;

  constructor(
    transaction: LedgerTransaction,
    programs: TransactionPrograms,
    meta: Pick<StatusMeta, 'logMessages'>,
  ) {
    this.#transaction = transaction;
    this.#programs = programs;
    this.#heights =
      recordedHeights(transaction) ?? loggedHeights(transaction, programs, meta.logMessages);
  }

  /** Depth of a call, 1 for top-level; null where neither the record nor the logs tell. */
  heightOf(index: number): number | null {
    return this.#heights?.[index] ?? null;
  }

  /**
   * Index behind the last call that call number `index` caused, directly or not. Without heights a call is taken to
   * have caused all that follows up to the next swap of a known program or the next top-level instruction.
   */
  endOf(index: number): number {
    const { instructions } = this.#transaction;
    const outer = instructions[index]?.outer;
    const height = this.heightOf(index);
    let end = index + 1;
    for (; end < instructions.length; end++) {
      const next = instructions[end];
      if (next === undefined || next.outer !== outer) break;
      if (height !== null && (this.heightOf(end) ?? 0) <= height) break;
      if (height === null && this.#isSwap(next)) break;
    }
    return end;
  }

  #isSwap({ programIndex, data, accounts }: LedgerInstruction): boolean {
    const known = this.#programs.at(programIndex);
    return known?.kind === 'dex' && known.forms.find(data, accounts.length) !== undefined;
  }
}

function recordedHeights({ instructions }: LedgerTransaction): readonly number[] | null {
  const heights: number[] = [];
  for (const { stackHeight, inner } of instructions) {
    if (stackHeight === null && inner >= 0) return null;
    heights.push(stackHeight ?? 1);
  }
  return heights;
}

/** Believed only when the lines of all calls are there and agree with which instructions are top-level. */
function loggedHeights(
  { instructions }: LedgerTransaction,
  programs: TransactionPrograms,
  logs: readonly string[] | null,
): readonly number[] | null {
  if (logs === null) return null;
  const depths: number[] = [];
  for (const line of logs) {
    const depth = INVOKE.exec(line)?.[1];
    if (depth !== undefined) depths.push(Number(depth));
  }
  const heights: number[] = [];
  let next = 0;
  for (const { programIndex, inner } of instructions) {
    const unlogged = programs.at(programIndex)?.kind === 'unlogged';
    const height = unlogged ? 1 : (depths[next++] ?? 0);
    if ((height === 1) !== inner < 0 || height === 0) return null;
    heights.push(height);
  }
  return next === depths.length ? heights : null;
}
