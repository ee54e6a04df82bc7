import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { StreamFrame } from '../../../src/model/stream-frame.ts';
import { FrameQueue } from '../../../src/sources/jetstream/frame-queue.ts';

/** Goal: the queue keeps order, asks for a pause at its thresholds, and never grows beyond its bound. */

const OPTIONS = { pauseAt: 1000, resumeAt: 100, capacity: 2000, bytesMax: 1 << 20 };
const never = new AbortController().signal;
const endpoint = { url: 'ws://127.0.0.1:1/subscribe', protocol: 'v1' } as const;

function frame(number: number, bytes = 8): StreamFrame {
  const data = Buffer.alloc(bytes);
  data.writeUInt32LE(number);
  return { data, binary: false, receivedAtMs: 0, endpoint };
}

test('a pause is asked for above 1,000 frames, and nothing is taken above 2,000', () => {
  const queue = new FrameQueue(OPTIONS);
  const results = Array.from({ length: 2001 }, (_, index) => queue.push(frame(index)));
  assert.deepEqual(new Set(results.slice(0, 1000)), new Set(['taken']));
  assert.deepEqual(new Set(results.slice(1000, 2000)), new Set(['pause']));
  assert.equal(results[2000], 'full');
  assert.equal(queue.size, 2000);
});

test('reading may go on when fewer than 100 frames wait, not before', async () => {
  const queue = new FrameQueue(OPTIONS);
  for (let index = 0; index < 1001; index++) queue.push(frame(index));
  let low = false;
  const waiting = queue.low(never).then(() => {
    low = true;
  });
  await queue.take(901, never);
  await new Promise(setImmediate);
  assert.equal(queue.size, 100);
  assert.equal(low, false);
  await queue.take(1, never);
  await waiting;
  assert.equal(queue.size, 99);
});

test('bytes ask for a pause as well', async () => {
  const queue = new FrameQueue({ ...OPTIONS, bytesMax: 1000 });
  assert.equal(queue.push(frame(1, 900)), 'taken');
  assert.equal(queue.push(frame(2, 101)), 'pause');
  await queue.take(1, never);
  assert.equal(queue.bytes, 101);
  await queue.low(never);
});

test('frames come out in the order in which they came in, whatever the steps', async () => {
  const steps = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, async (sizes) => {
      const queue = new FrameQueue(OPTIONS);
      let pushed = 0;
      let taken = 0;
      for (const [pushes, takes] of sizes) {
        for (let index = 0; index < pushes; index++) {
          if (queue.push(frame(pushed)) !== 'full') pushed++;
        }
        if (queue.size === 0 || takes === 0) continue;
        for (const { data } of await queue.take(takes, never)) {
          assert.equal(data.readUInt32LE(0), taken);
          taken++;
        }
        assert.equal(queue.size, pushed - taken);
      }
    }),
  );
});

test('whoever waits is woken by a frame, by the end of the queue and by an abort', async () => {
  const queue = new FrameQueue(OPTIONS);
  const first = queue.take(10, never);
  queue.push(frame(7));
  assert.equal((await first).length, 1);
  const stop = new AbortController();
  const second = queue.take(10, stop.signal);
  stop.abort();
  assert.deepEqual(await second, []);
  const third = queue.take(10, never);
  queue.close();
  assert.deepEqual(await third, []);
  assert.equal(queue.push(frame(8)), 'full');
});
