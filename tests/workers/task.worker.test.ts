import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../src/core/errors.ts';
import { WorkerPool } from '../../supervisor/jobs/worker-pool.ts';
import { freePort } from '../support/free-port.ts';

/** Goal: what a task meets crosses the thread as what it is, also from modules that are loaded when they are needed. */

test('a fault of the world stays one when the code that met it was loaded late', async (t) => {
  const pool = new WorkerPool({ threads: 1, crashPoint: null });
  t.after(() => pool.destroy());
  const url = `http://127.0.0.1:${await freePort()}`;
  const rpc = { url, requestsPerSecond: 1000, concurrency: 1, timeoutMs: 2000, triesMax: 1 };
  const targets = ['5CE561Yh36gs3ELU6znD5bLtjeZ7LmVsugRSBP32gvcu'];
  const filter = { mode: 'auto', programs: [], sessions: [] } as const;
  const asked = pool.discover(
    { type: 'discover', rpc, targets, signaturePagesMax: 1, filter },
    new AbortController().signal,
  );
  await assert.rejects(asked, (error) => {
    assert(error instanceof OperatingError, String(error));
    assert.deepEqual([error.code, error.retryable], ['RPC_UNREACHABLE', true]);
    return true;
  });
});
