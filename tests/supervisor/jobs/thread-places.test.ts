import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ThreadPlaces } from '../../../supervisor/jobs/thread-places.ts';

/** Goal: no more work runs than there are places, and a place is never lost, however its work ends. */

const never = new AbortController().signal;

test('work waits for a place, and gets one in the order of asking', async () => {
  const places = new ThreadPlaces(2);
  const started: number[] = [];
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const works = ends.map(({ promise }, i) =>
    places.within(() => {
      started.push(i);
      return promise;
    }, never),
  );
  await setImmediate();
  assert.deepEqual(started, [0, 1]);
  ends[1]?.resolve();
  await works[1];
  await setImmediate();
  assert.deepEqual(started, [0, 1, 2]);
  for (const { resolve } of ends) resolve();
  await Promise.all(works);
  assert.deepEqual(started, [0, 1, 2, 3]);
});

test('work that fails gives its place back', async () => {
  const places = new ThreadPlaces(1);
  const fault = new Error('fault');
  await assert.rejects(
    places.within(() => Promise.reject(fault), never),
    fault,
  );
  assert.equal(await places.within(async () => 7, never), 7);
});

test('whoever leaves while waiting takes no place along', async () => {
  const places = new ThreadPlaces(1);
  const first = Promise.withResolvers<void>();
  const running = places.within(() => first.promise, never);
  const leaving = new AbortController();
  const left = places.within(async () => assert.fail('it had left'), leaving.signal);
  const staying = places.within(async () => 'its turn', never);
  leaving.abort();
  first.resolve();
  await assert.rejects(left);
  await running;
  assert.equal(await staying, 'its turn');
});

test('works that end in the same moment give their places to different ones', async () => {
  const places = new ThreadPlaces(2);
  const moment = Promise.withResolvers<void>();
  const later = Promise.withResolvers<void>();
  const ending = [1, 2].map(() => places.within(() => moment.promise, never));
  const started: number[] = [];
  const waiting = [3, 4].map((i) =>
    places.within(() => {
      started.push(i);
      return later.promise;
    }, never),
  );
  moment.resolve();
  await Promise.all(ending);
  await setImmediate();
  assert.deepEqual(started, [3, 4]);
  later.resolve();
  await Promise.all(waiting);
});
