import assert from 'node:assert/strict';
import test from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import type { RecordBatch } from '../../../src/model/worker-task.ts';
import { RecordOutlet } from '../../../src/pipelines/sessions/record-outlet.ts';

function openOutlet(batchesInFlightMax: number) {
  const { port1: supervisor, port2: worker } = new MessageChannel();
  const received: RecordBatch[] = [];
  const outlet = new RecordOutlet({
    shardId: 7,
    port: worker,
    limits: { batchRecordsMax: 2, batchBytesMax: 1_000_000, batchesInFlightMax },
  });
  const acknowledge = (batch: RecordBatch) =>
    supervisor.postMessage({ type: 'ack', sequence: batch.sequence });
  return { supervisor, received, outlet, acknowledge };
}

const row = (slot: number) => ({ slot, transactions: 1, votes: 0, blockTime: 0 });

test('batches come in order, none is lost, and draining waits for the last acknowledgement', async () => {
  const { supervisor, received, outlet, acknowledge } = openOutlet(2);
  supervisor.on('message', (batch: RecordBatch) => {
    received.push(batch);
    acknowledge(batch);
  });
  for (let slot = 0; slot < 7; slot++) if (outlet.addSlot(row(slot), [])) await outlet.flush();
  await outlet.drain();
  supervisor.close();
  assert.deepEqual(
    received.flatMap((batch) => batch.slots.map((status) => status.slot)),
    [0, 1, 2, 3, 4, 5, 6],
  );
  assert.deepEqual(
    received.map((batch) => batch.sequence),
    [0, 1, 2, 3],
  );
});

test('no more batches than allowed are under way without an acknowledgement', async () => {
  const { supervisor, received, outlet, acknowledge } = openOutlet(1);
  const arrived = new Promise<void>((resolve) => {
    supervisor.on('message', (batch: RecordBatch) => {
      received.push(batch);
      resolve();
    });
  });
  outlet.addSlot(row(1), []);
  let flushed = false;
  const flush = outlet.flush().then(() => {
    flushed = true;
  });
  await arrived;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(flushed, false, 'flush waits while one batch is unacknowledged');
  acknowledge(received[0]!);
  await flush;
  supervisor.close();
});
