import assert from 'node:assert/strict';
import test from 'node:test';
import { type RestartHistory, spendRestart } from '../../supervisor/restart-budget.ts';

const budget = { restartsMax: 2, windowMs: 1_000 };

function spendAll(times: readonly number[]): boolean[] {
  let history: RestartHistory = [];
  return times.map((time) => {
    const result = spendRestart(history, budget, time);
    history = result.history;
    return result.spent;
  });
}

test('as many restarts as the budget allows are within it, one more is not', () => {
  assert.deepEqual(spendAll([0, 1, 2]), [false, false, true]);
});

test('a restart no longer counts once the window has passed it', () => {
  assert.deepEqual(spendAll([0, 900, 1_000, 1_901, 1_950]), [false, false, false, false, true]);
});

test('the history never grows beyond what the window holds', () => {
  let history: RestartHistory = [];
  for (let time = 0; time < 100_000; time += 600) {
    history = spendRestart(history, budget, time).history;
    assert(history.length <= 2);
  }
});
