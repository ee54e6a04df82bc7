import { join } from 'node:path';
import pino from 'pino';
import { NO_COUNTERS } from '../../src/model/shard-counters.ts';
import { armCrashPoint, isCrashPoint } from '../../src/ops/crash-point.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { postIngest } from '../../src/sinks/ingest-http.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { startApi } from '../../supervisor/api/api-server.ts';
import { Delivery } from '../../supervisor/delivery.ts';
import { API_OPTIONS, NO_JOBS, noPools } from './api-server.ts';
import { newDelivery } from './delivery-samples.ts';
import { chunk, finalize } from './iq-samples.ts';
import { JOB_SPEC } from './job-samples.ts';

/**
 * Process for crash tests. argv: what to do, data folder, crash point or `none`, pass, address.
 * Every task can be started again after a crash and then does what is left.
 */
const [, , task = '', folder = '', point = 'none', pass = '1', address = ''] = process.argv;
if (isCrashPoint(point)) armCrashPoint(point, Number(pass));
const endpoint = { token: null, timeoutMs: 5000, now: Date.now };

/** Ten shards of ten slots: each holds one chunk of a session, and is committed after it was kept. */
function runShards(store: Store): void {
  const { job } = store.jobs.open(JOB_SPEC, { fresh: false, now: 1 });
  const starts = Array.from({ length: 10 }, (_, i) => 100 + 10 * i);
  if (store.shards.totals(job.id).shards === 0) {
    const shards = starts.map((start) => ({ range: { start, end: start + 10 } }));
    store.shards.plan(
      job.id,
      shards.map((shard) => ({ ...shard, slotsPresent: 10, bytes: 1 })),
    );
  }
  for (const shard of store.shards.pending(job.id, 100)) {
    const { start } = shard.range;
    const records = [chunk(start, (start - 100) / 10, `part ${start}`), finalize(start + 1, 10)];
    store.sessionRecords.save(records, { job: job.id, exactOrder: true });
    const counters = { ...NO_COUNTERS, slotsDone: 10 };
    store.shards.commit({ job: job.id, shard: shard.id, counters, quarantined: [] });
  }
  store.jobs.setState(job.id, 'complete', 2);
}

async function runDelivery(store: Store): Promise<void> {
  for (let i = 0; i < 5; i++) {
    store.outbox.enqueue(newDelivery(`key-${i}`, Buffer.from(`file ${i}`), address), 1);
  }
  const delivery = new Delivery({
    store,
    post: (url, given, signal) => postIngest({ ...endpoint, url }, given, signal),
    concurrency: 2,
    triesMax: 3,
    backoff: { firstMs: 1, maxMs: 1 },
    now: Date.now,
    random: Math.random,
    logger: pino({ level: 'silent' }),
  });
  delivery.start();
  await delivery.drain(null, AbortSignal.timeout(10_000));
  await delivery.stop(AbortSignal.timeout(1000));
}

/** Receives one file through its own backend. */
async function runIngest(store: Store): Promise<void> {
  const context = {
    ...{ store, metrics: createMetrics(), logger: pino({ level: 'silent' }), jobs: NO_JOBS },
    pools: noPools,
    ...{ children: () => [], ready: () => true, now: () => 1 },
    ingestDir: join(folder, 'ingest_cache'),
  };
  const api = await startApi(API_OPTIONS, context);
  const url = `http://127.0.0.1:${api.port}/api/v2/inscribe/ingest`;
  const given = newDelivery('key-0', Buffer.from('the file'));
  const outcome = await postIngest({ ...endpoint, url }, given, AbortSignal.timeout(10_000));
  if (outcome.type !== 'accepted') throw new Error(outcome.reason);
  await api.close(AbortSignal.timeout(1000));
}

const store = openStore({ folder, bytesMax: 2 ** 30 });
if (task === 'shards') runShards(store);
if (task === 'delivery') await runDelivery(store);
if (task === 'ingest') await runIngest(store);
store.close();
