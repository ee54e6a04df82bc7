import assert from 'node:assert/strict';
import test from 'node:test';
import type { JobEvent, SwapsJobSpec } from '../../../src/model/job.ts';
import { jobIdOf } from '../../../src/store/job-identity.ts';
import { requireSlot } from '../../../supervisor/house.ts';
import { blockSwaps } from '../../support/block-swaps.ts';
import { expectedCandles, factsOf, readCandles } from '../../support/candle-oracle.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { SWAPS_SPEC } from '../../support/job-samples.ts';
import { natsMissing, openNats } from '../../support/nats-server.ts';
import { chainBeyondSamples } from '../../support/recorded-chain.ts';
import { startRpcServer } from '../../support/rpc-server.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { readSwaps } from '../../support/swap-tables.ts';
import { swapsSettings } from '../../support/swaps-home.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { startTestTree } from '../../support/tree-in-process.ts';
import { until } from '../../support/until.ts';

/** Goal: a job that follows the chain finds the swaps of its blocks, by the way of every other job, and goes on where it was. */

const RANGE = { start: 254_170_887, end: 254_170_951 };
const EXPECTED = blockSwaps();

test('swaps by following the chain', { skip: clickhouseMissing || natsMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const nats = await openNats(t);
  const servers = { dsn: service.url, natsUrl: nats.service.url };
  const chain = chainBeyondSamples(RANGE.end + 19);
  const server = await startRpcServer({ answer: chain.answer });
  t.after(() => server[Symbol.asyncDispose]());
  const follow = { rpcUrl: server.url, ...RANGE };
  const spec: SwapsJobSpec = { ...SWAPS_SPEC, range: null, follow };
  const settings = {
    ...(await swapsSettings(servers, 'followed')),
    ...{ MILLRACE_FOLLOW_POLL_MS: '10', MILLRACE_FOLLOW_BATCH_SLOTS: '7' },
  };
  const client = await openDatabase(t, service.url, 'followed');

  await t.test('a bounded job ends complete, with every swap and candle', async (t) => {
    await using tree = await startTestTree(tempFolder(t), settings);
    const events: JobEvent[] = [];
    const report = await tree.run(spec, { onEvent: (event) => void events.push(event) });
    assert.equal(report.state, 'complete');
    assert.deepEqual(report.range, RANGE);
    assert.equal(report.stored.swaps, report.decoded.swaps);
    assert.equal(report.audit.done, 50);
    assert(events.some(({ type }) => type === 'followed'));
    assert.deepEqual(await readSwaps(client), EXPECTED);
    assert.deepEqual((await readCandles(client)).map(factsOf), expectedCandles(EXPECTED));
  });

  await t.test('one without an end stops when asked and stays unfinished', async (t) => {
    await using tree = await startTestTree(tempFolder(t), settings);
    const endless = { ...spec, follow: { ...follow, end: null } };
    const jobs = requireSlot(tree.millrace.house.slots.jobs, 'the jobs actor');
    const job = jobs.start(endless, false);
    let last = 0;
    jobs.watch(job.opened.jobId, {
      event: (event) => {
        if (event.type === 'followed') last = event.slot;
      },
      end: () => {},
    });
    await until('it has passed the samples', () => last >= RANGE.end);
    job.abort.abort();
    await assert.rejects(job.ended);
    const { store } = tree.millrace.house;
    assert.equal(store.jobs.find(jobIdOf(endless))?.state, 'running');
    const [done] = store.shards.doneRanges(jobIdOf(endless));
    assert.equal(done?.start, RANGE.start);
    assert(done !== undefined && done.end > RANGE.end);
  });
});
