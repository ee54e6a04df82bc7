import assert from 'node:assert/strict';
import test from 'node:test';
import pino from 'pino';
import { type ErrorCode, OperatingError } from '../../../src/core/errors.ts';
import type { JobEvent } from '../../../src/model/job.ts';
import { RetryForEver } from '../../../supervisor/jobs/retry-for-ever.ts';

/** Goal: what may mend itself is tried again and told once a minute; everything else ends the job at once. */

const never = new AbortController().signal;
const logger = pino({ level: 'silent' });

function fault(code: ErrorCode, retryable = true): OperatingError {
  return new OperatingError(code, `a fault ${code}`, { retryable });
}

test('an outage is waited out, and told once a minute', async () => {
  const events: JobEvent[] = [];
  let clock = 1_000_000;
  const retry = new RetryForEver({
    context: { now: () => clock, random: () => 0, logger },
    backoff: { firstMs: 1, maxMs: 2 },
    emit: (event) => void events.push(event),
    what: 'following',
  });
  let tries = 0;
  const work = async (): Promise<string> => {
    tries++;
    clock += 25_000;
    if (tries < 6) throw fault(tries % 2 === 0 ? 'SINK_UNREACHABLE' : 'RPC_UNREACHABLE');
    return 'done';
  };
  assert.equal(await retry.run(work, never), 'done');
  assert.equal(tries, 6);
  const text = 'following: a fault RPC_UNREACHABLE; trying again until it works';
  // At 25 and 100 seconds.
  const second = text.replace('RPC', 'SINK');
  assert.deepEqual(events, [
    { type: 'warning', text },
    { type: 'warning', text: second },
  ]);
});

test('what cannot mend itself is not tried again', async () => {
  const context = { now: () => 0, random: () => 0, logger };
  const retry = new RetryForEver({ context, emit: () => {}, what: 'following' });
  for (const error of [fault('CHILD_FAILED'), fault('RPC_PRUNED', false), new Error('a bug')]) {
    let tries = 0;
    const work = () => {
      tries++;
      return Promise.reject(error);
    };
    await assert.rejects(retry.run(work, never), error);
    assert.equal(tries, 1);
  }
});

test('who is stopped while it waits is cancelled', async () => {
  const scope = new AbortController();
  const context = { now: () => 0, random: () => 0, logger };
  const emit = () => scope.abort();
  const retry = new RetryForEver({ context, emit, what: 'following' });
  await assert.rejects(
    retry.run(() => Promise.reject(fault('RPC_UNREACHABLE')), scope.signal),
    (error) => error instanceof OperatingError && error.code === 'CANCELLED',
  );
});
