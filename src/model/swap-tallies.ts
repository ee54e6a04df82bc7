import type { SwapTallies } from './job.ts';
import type { SwapMismatchReason } from './swap.ts';

/**
 * How counts of swaps stand among a shard's tallies: flat names, so that shards are summed like all other counters.
 * Programs and reasons come from closed lists and hold no slash.
 */
const TRANSACTIONS = 'swap-transactions';
const SWAPS = 'swaps/';
const MISMATCHES = 'swap-mismatches/';

export interface MismatchCount {
  readonly program: string;
  readonly reason: SwapMismatchReason;
  readonly count: number;
}

/** What one shard found; lists are in the order in which programs were first met. */
export interface SwapCounts {
  /** Successful transactions with at least one swap. */
  readonly transactions: number;
  readonly swaps: readonly { readonly program: string; readonly count: number }[];
  readonly mismatches: readonly MismatchCount[];
}

export function talliesOfSwaps(found: SwapCounts): Readonly<Record<string, number>> {
  const { transactions, swaps, mismatches } = found;
  return Object.fromEntries([
    [TRANSACTIONS, transactions],
    ...swaps.map(({ program, count }) => [`${SWAPS}${program}`, count]),
    ...mismatches.map(({ program, reason, count }) => [`${MISMATCHES}${program}/${reason}`, count]),
  ]);
}

/** Most frequent first, by name where counts are equal. */
export function swapsOfTallies(tallies: Readonly<Record<string, number>>): SwapTallies {
  const under = (prefix: string): [string, number][] =>
    Object.entries(tallies)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, count]): [string, number] => [name.slice(prefix.length), count])
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const programs = under(SWAPS).map(([program, swaps]) => ({ program, swaps }));
  return {
    transactions: tallies[TRANSACTIONS] ?? 0,
    swaps: programs.reduce((sum, { swaps }) => sum + swaps, 0),
    programs,
    mismatches: under(MISMATCHES).map(([name, calls]) => {
      const [program = '', reason = ''] = name.split('/');
      return { program, reason, calls };
    }),
  };
}
