/** How many restarts are normal: more than `restartsMax` within `windowMs` means that restarting does not help. */
export interface RestartBudget {
  readonly restartsMax: number;
  readonly windowMs: number;
}

/** Times of the restarts that still count, oldest first, in milliseconds of the same clock. */
export type RestartHistory = readonly number[];

/** The restarts of the last `windowMs`; what is older no longer counts. */
export function recentRestarts(
  history: RestartHistory,
  budget: RestartBudget,
  nowMs: number,
): RestartHistory {
  return history.filter((time) => time > nowMs - budget.windowMs);
}

/** Adds a restart at `nowMs`; `spent` is true when that one is more than the budget allows. */
export function spendRestart(
  history: RestartHistory,
  budget: RestartBudget,
  nowMs: number,
): { readonly history: RestartHistory; readonly spent: boolean } {
  const recent = [...recentRestarts(history, budget, nowMs), nowMs];
  return { history: recent, spent: recent.length > budget.restartsMax };
}
