import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { type DispatchOptions, dispatch } from '../../../supervisor/jobs/dispatch.ts';

const signal = new AbortController().signal;
const temporary = () => new OperatingError('ARCHIVE_UNREACHABLE', 'gone', { retryable: true });

function options(overrides: Partial<DispatchOptions<number>>): DispatchOptions<number> {
  return {
    items: [1, 2, 3, 4, 5],
    concurrency: 2,
    triesMax: 3,
    backoff: { firstMs: 1, maxMs: 1 },
    random: () => 0,
    run: async () => {},
    onRetry: () => {},
    ...overrides,
  };
}

test('every item runs once and never more than allowed at once', async () => {
  const seen: number[] = [];
  let running = 0;
  let most = 0;
  const run = async (item: number) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    seen.push(item);
  };
  await dispatch(options({ run }), signal);
  assert.deepEqual(seen.toSorted(), [1, 2, 3, 4, 5]);
  assert.equal(most, 2);
});

test('a retryable failure is tried again, and the tries are bounded', async () => {
  const attempts: number[] = [];
  const run = async (_item: number, attempt: number) => {
    attempts.push(attempt);
    if (attempt < 3) throw temporary();
  };
  await dispatch(options({ items: [1], run }), signal);
  assert.deepEqual(attempts, [1, 2, 3]);
  const never = async () => {
    throw temporary();
  };
  await assert.rejects(dispatch(options({ items: [1], run: never }), signal), { message: 'gone' });
});

test('a failure that cannot be mended stops the start of anything new', async () => {
  const started: number[] = [];
  const run = async (item: number) => {
    started.push(item);
    throw new OperatingError('ARCHIVE_CHANGED', 'another file', { retryable: false });
  };
  await assert.rejects(dispatch(options({ concurrency: 1, run }), signal), /another file/);
  assert.deepEqual(started, [1]);
});

test('after an abort nothing new starts', async () => {
  const controller = new AbortController();
  const started: number[] = [];
  const run = async (item: number) => {
    started.push(item);
    controller.abort();
  };
  await dispatch(options({ concurrency: 1, run }), controller.signal);
  assert.deepEqual(started, [1]);
});
