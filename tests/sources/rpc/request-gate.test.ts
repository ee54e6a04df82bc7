import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { RequestGate } from '../../../src/sources/rpc/request-gate.ts';

const now = () => performance.now();
const never = new AbortController().signal;

/** A clock that stands still until the test moves it, and counts how often it was read. */
function stoppedClock() {
  const now = () => {
    clock.reads++;
    return clock.nowMs;
  };
  const clock = { nowMs: 1000, reads: 0, now };
  return clock;
}

async function waitUntil(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (!condition()) {
    assert(performance.now() < deadlineMs, 'the condition never came true');
    await setImmediate();
  }
}

test('no more than the allowed number are inside, and who waited longest goes first', async () => {
  const gate = new RequestGate({ concurrencyMax: 2, requestsPerSecond: 1e6, now });
  let inside = 0;
  let insideMost = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_unused, number) => {
      await gate.enter(never);
      order.push(number);
      insideMost = Math.max(insideMost, ++inside);
      await setImmediate();
      inside--;
      gate.leave();
    }),
  );
  assert.equal(insideMost, 2);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
});

test('starts are spaced by the clock', async () => {
  const clock = stoppedClock();
  const gate = new RequestGate({ concurrencyMax: 9, requestsPerSecond: 500, now: clock.now });
  await gate.enter(never);
  let second = false;
  const entering = gate.enter(never).then(() => {
    second = true;
  });
  const { reads } = clock;
  await waitUntil(() => clock.reads > reads + 2);
  assert.equal(second, false);
  clock.nowMs += 2;
  await entering;
});

test('a pause holds back those who already wait for their turn', async () => {
  const clock = stoppedClock();
  const gate = new RequestGate({ concurrencyMax: 9, requestsPerSecond: 1000, now: clock.now });
  await gate.enter(never);
  let second = false;
  const entering = gate.enter(never).then(() => {
    second = true;
  });
  gate.pause(3);
  clock.nowMs += 2;
  const { reads } = clock;
  await waitUntil(() => clock.reads > reads + 2);
  assert.equal(second, false);
  clock.nowMs += 1;
  await entering;
});

test('an aborted waiter gives its place to the next', async () => {
  const gate = new RequestGate({ concurrencyMax: 1, requestsPerSecond: 1e6, now });
  await gate.enter(never);
  const abort = new AbortController();
  const aborted = gate.enter(abort.signal);
  const next = gate.enter(never);
  abort.abort(new Error('stopped'));
  await assert.rejects(aborted, /stopped/);
  gate.leave();
  await next;
  gate.leave();
  await gate.enter(never);
});

test('an abort while pacing frees the place', async () => {
  const clock = stoppedClock();
  const gate = new RequestGate({ concurrencyMax: 1, requestsPerSecond: 0.001, now: clock.now });
  await gate.enter(never);
  gate.leave();
  const abort = new AbortController();
  const paced = gate.enter(abort.signal);
  abort.abort(new Error('stopped'));
  await assert.rejects(paced);
  clock.nowMs += 1e7;
  await gate.enter(never);
});
