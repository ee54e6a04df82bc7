import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { zstdCompressSync } from 'node:zlib';
import type { SessionsShardTask } from '../../../src/model/worker-task.ts';
import type { PackBlock } from '../../../src/pack/pack-block.ts';
import { runTask } from '../../../src/pipelines/run-task.ts';
import { archiveAt } from '../../support/archive-folder.ts';
import { runShard, smallLimits } from '../../support/run-shard.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { chunkOf, makeUploadArchive, type UploadArchive } from '../../support/upload-archive.ts';

/** Goal: a shard holds and hands over no more than it was allowed, stops when asked, and tells why it failed. */

/** As many slots as asked for, each with `chunks` chunks. */
function manySlots(count: number, chunks: number) {
  return ([first]: PackBlock[]): PackBlock[] => {
    assert(first !== undefined);
    return Array.from({ length: count }, (_, n) => ({
      ...first,
      slot: first.slot + n,
      parentSlot: first.slot + n - 1,
      transactions: Array.from({ length: chunks }, (_, c) => {
        const index = n * chunks + c;
        return chunkOf(1 + (index % 250), index, `chunk ${index} `.repeat(8));
      }),
    }));
  };
}

function makeArchive(
  t: TestContext,
  change: (blocks: PackBlock[]) => PackBlock[],
): Promise<UploadArchive> {
  return makeUploadArchive(tempFolder(t), { change });
}

test('batches stay within their bounds but for the slot that fills them, and no more wait than allowed', async (t) => {
  const { base, range, slots } = await makeArchive(t, manySlots(60, 3));
  let waiting = 0;
  let waitingMax = 0;
  const run = await runShard({
    ...{ base, range },
    limits: { batchRecordsMax: 20, batchesInFlightMax: 2 },
    onBatch: async () => {
      waitingMax = Math.max(waitingMax, ++waiting);
      await new Promise((resolve) => setImmediate(resolve));
      waiting--;
    },
  });
  const rowsOfSlot = 4;
  for (const batch of run.batches) {
    assert(batch.records.length + batch.slots.length < 20 + rowsOfSlot);
    for (const { position } of batch.records) {
      assert(
        batch.slots.some(({ slot }) => slot === position.slot),
        'a slot comes whole',
      );
    }
  }
  assert(run.batches.length >= 10, `${run.batches.length} batches`);
  assert(waitingMax <= 2, `${waitingMax} batches at once`);
  assert.deepEqual(
    run.slots.map(({ slot }) => slot),
    slots,
  );
  assert.equal(run.records.length, 180);
});

test('a batch is due by its bytes as well as by its rows', async (t) => {
  const { base, range } = await makeArchive(t, manySlots(30, 3));
  const run = await runShard({ base, range, limits: { batchBytesMax: 4096 } });
  // Three slots of about 1,800 bytes are more than the bound, two are not.
  for (const batch of run.batches) assert.equal(batch.slots.length, 3);
  assert.equal(run.records.length, 90);
});

test('nothing is read on while the supervisor does not acknowledge', async (t) => {
  const { base, range } = await makeArchive(t, manySlots(60, 3));
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let arrived = 0;
  const running = runShard({
    ...{ base, range },
    limits: { batchRecordsMax: 8, batchesInFlightMax: 1 },
    onBatch: async () => {
      if (++arrived === 1) await held;
    },
  });
  while (arrived === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(arrived, 1);
  release();
  const run = await running;
  assert.equal(run.records.length, 180);
});

test('a shard that is cancelled before it starts reads nothing', async (t) => {
  const { base, range } = await makeArchive(t, manySlots(5, 1));
  const cancel = new SharedArrayBuffer(8);
  Atomics.store(new Int32Array(cancel), 0, 1);
  const run = await runShard({ base, range, cancel });
  assert(run.result.type === 'shard');
  assert.equal(run.result.outcome, 'cancelled');
  assert.deepEqual(run.slots, []);
});

test('a shard that is cancelled on its way stops behind a whole slot', async (t) => {
  const { base, range, slots } = await makeArchive(t, manySlots(400, 2));
  const cancel = new SharedArrayBuffer(8);
  const run = await runShard({
    ...{ base, range, cancel },
    limits: { batchRecordsMax: 20, batchesInFlightMax: 1 },
    onBatch: () => {
      Atomics.store(new Int32Array(cancel), 0, 1);
    },
  });
  assert(run.result.type === 'shard');
  assert.equal(run.result.outcome, 'cancelled');
  assert(run.slots.length > 0 && run.slots.length < slots.length, `${run.slots.length} slots`);
  assert.equal(run.records.length, run.slots.length * 2);
});

test('a slot with more records than may be held is quarantined, its neighbours are not', async (t) => {
  const { base, range, slots } = await makeArchive(t, (blocks) => {
    const [one, , three] = manySlots(3, 2)(blocks);
    const two = manySlots(2, 30)(blocks)[1];
    assert(one !== undefined && two !== undefined && three !== undefined);
    return [one, two, three];
  });
  const run = await runShard({ base, range, limits: { slotRecordsBytesMax: 6000 } });
  assert(run.result.type === 'shard');
  assert.deepEqual(
    run.result.quarantined.map(({ slot, error }) => [slot, error.code]),
    [[slots[1], 'RECORD_TOO_LARGE']],
  );
  assert.equal(run.records.length, 4);
});

test('metadata that would unfold beyond its bound costs its slot and not the memory', async (t) => {
  const bomb = zstdCompressSync(Buffer.alloc(256 * 1024 * 1024));
  const { base, range, slots } = await makeUploadArchive(tempFolder(t), {
    frameBytes: 1024 * 1024,
    change: (blocks) =>
      manySlots(
        3,
        1,
      )(blocks).map((block, n) => ({
        ...block,
        transactions: block.transactions.map(({ wire, metadata }) => ({
          wire,
          metadata: n === 1 ? bomb : metadata,
        })),
      })),
  });
  const before = process.memoryUsage();
  const run = await runShard({ base, range });
  const after = process.memoryUsage();
  assert(run.result.type === 'shard', JSON.stringify(run.result));
  assert.deepEqual(
    run.result.quarantined.map(({ slot, error }) => [slot, error.code]),
    [[slots[1], 'RECORD_TOO_LARGE']],
  );
  assert.equal(run.records.length, 2);
  assert(after.external + after.arrayBuffers - before.external - before.arrayBuffers < 64 << 20);
});

test('a failed task comes back as facts that cross threads unchanged', async (t) => {
  const { range } = await makeArchive(t, manySlots(1, 1));
  const base = join(tempFolder(t), 'nothing');
  const { result } = await runShard({ base, range });
  assert(result.type === 'failed');
  assert.equal(result.error.code, 'ARCHIVE_NOT_FOUND');
  assert.equal(result.error.retryable, false);
  assert.equal(result.error.fields['epoch'], 321);
  assert.match(result.error.message, /epoch-321\.car/);
  assert.deepEqual(structuredClone(result), result);
});

test('a shard whose supervisor is gone ends instead of waiting for it', async (t) => {
  const { base, range } = await makeArchive(t, manySlots(20, 2));
  const { port1: supervisor, port2: worker } = new MessageChannel();
  supervisor.once('message', () => supervisor.close());
  const task: SessionsShardTask = {
    ...{ type: 'sessions-shard', jobId: 'job-1', shardId: 9, range, verify: 'all' },
    archive: archiveAt(base),
    filter: { mode: 'auto', programs: [], sessions: [] },
    limits: { ...smallLimits, batchRecordsMax: 4, batchesInFlightMax: 1 },
    cancel: new SharedArrayBuffer(8),
  };
  const result = await runTask(task, worker);
  assert(result.type === 'failed');
  assert.equal(result.error.code, 'CANCELLED');
  assert.equal(result.error.fields['shardId'], 9);
});
