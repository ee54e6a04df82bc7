import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { firstSlotOfEpoch } from '../../../src/core/epoch.ts';
import { slotRange } from '../../../src/core/slot-range.ts';
import { makeArchive } from '../../support/archive-made.ts';
import { rangeHeaders, startArchiveServer } from '../../support/archive-server.ts';
import { copyArchive } from '../../support/archive-ways.ts';
import { openDatabase, statsClickhouse } from '../../support/clickhouse-database.ts';
import { type RunStatsShardOptions, runStatsShardOf } from '../../support/run-stats-shard.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { type BlockAnswer, statsOfBlock } from '../../support/stats-oracle.ts';
import { readAllStats, readStatsTable, sortedTsvHash } from '../../support/stats-tables.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';
import { makeUploadArchive, slotPlaces } from '../../support/upload-archive.ts';

/** Goal: what stands in ClickHouse after a shard is what the chain did, once, whatever happened on the way. */

const samples = fileURLToPath(new URL('../../../data/samples', import.meta.url));
const REAL_SLOT = 254_170_887;
const bigSections = { sectionBytesMax: 32 << 20, slotRecordsBytesMax: 64 << 20 };

function realBlock(): BlockAnswer {
  const file = new URL(`../../fixtures/ledger/${REAL_SLOT}.json.zst`, import.meta.url);
  const answer = JSON.parse(zstdDecompressSync(readFileSync(file)).toString());
  return answer.result ?? answer;
}

/** Runs a shard into a database of its own and gives what stands there afterwards. */
async function statsOf(
  t: TestContext,
  dsn: string,
  options: Omit<RunStatsShardOptions, 'clickhouse'> & { readonly database: string },
) {
  const client = await openDatabase(t, dsn, options.database);
  const clickhouse = statsClickhouse(dsn, options.database);
  const run = await runStatsShardOf({ ...options, clickhouse });
  assert(run.result.type === 'shard', JSON.stringify(run.result));
  return { ...run.result, client, tables: await readAllStats(client) };
}

test('statistics of shards in a real ClickHouse', { skip: clickhouseMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  const running = await startService(t, service);
  const dsn = service.url;

  await t.test('a real block counts as its JSON counts for an independent reader', async (t) => {
    const range = slotRange(REAL_SLOT, REAL_SLOT + 1);
    const options = { base: samples, range, database: 'real', limits: bigSections };
    const { tables, counters, client } = await statsOf(t, dsn, options);
    for (const [table, rows] of Object.entries(statsOfBlock(REAL_SLOT, realBlock()))) {
      assert.deepEqual(tables[table], rows, table);
    }
    // Counted by an independent program in another language over another archive of the block.
    assert.equal(
      sortedTsvHash(tables['program_invocations'] ?? []),
      'e3943545c48d30206f032620d1d360903942097bd15cbd3feee815feae654977',
    );
    assert.equal(
      sortedTsvHash(tables['pubkey_mentions'] ?? []),
      '479625d4de4bea4d0b0b9cdf63d5ce573c58a76e09c81ff24551d238a24b0b35',
    );
    assert.deepEqual(tables['slot_instructions'], [[REAL_SLOT, 158, 3796, 158, 444]]);
    assert.deepEqual(tables['jetstreamer_slot_status'], [
      [REAL_SLOT, 602, 158, 444, 1_710_441_678],
    ]);
    assert.deepEqual(
      tables['jetstreamer_plugin_slots']?.map(([plugin]) => plugin),
      [7071, 7997, 21_715],
    );
    assert.equal(counters.transactions, 602);
    assert.equal(counters.metadataDecoded, 602);
    const [times] = await client.rows<Record<string, unknown>>(
      `SELECT min(toUnixTimestamp(timestamp)) AS low, max(toUnixTimestamp(timestamp)) AS high
        FROM ${client.nameOf('pubkey_mentions_loaded')}`,
      AbortSignal.timeout(5_000),
    );
    assert.deepEqual(times, { low: 1_710_441_678, high: 1_710_441_678 });
  });

  await t.test('a second run in other batches changes nothing', async (t) => {
    const range = slotRange(REAL_SLOT, REAL_SLOT + 14);
    const options = { base: samples, range, limits: bigSections };
    const { tables, client } = await statsOf(t, dsn, { ...options, database: 'twice' });
    assert((tables['jetstreamer_slot_status']?.length ?? 0) > 5);
    const clickhouse = { ...statsClickhouse(dsn, 'twice'), batchRowsMax: 1, batchesInFlightMax: 3 };
    const { result } = await runStatsShardOf({ ...options, clickhouse });
    assert(result.type === 'shard', JSON.stringify(result));
    assert.deepEqual(await readAllStats(client), tables);
  });

  await t.test('tables of variants that nobody asked for stay empty', async (t) => {
    const range = slotRange(REAL_SLOT, REAL_SLOT + 1);
    const variants = { inner: false, loaded: false };
    const options = { base: samples, range, database: 'plain', variants, limits: bigSections };
    const { tables } = await statsOf(t, dsn, options);
    const { program_invocations, pubkey_mentions } = statsOfBlock(REAL_SLOT, realBlock());
    assert.deepEqual(tables['program_invocations'], program_invocations);
    assert.deepEqual(tables['pubkey_mentions'], pubkey_mentions);
    assert.deepEqual(tables['program_invocations_inner'], []);
    assert.deepEqual(tables['pubkey_mentions_loaded'], []);
  });

  await t.test('payloads in many frames count like payloads in one', async (t) => {
    const counted = [];
    for (const frameBytes of [20, 100_000]) {
      const archive = await makeUploadArchive(tempFolder(t), { frameBytes });
      const { base, range } = archive;
      const { tables } = await statsOf(t, dsn, { base, range, database: `frames${frameBytes}` });
      counted.push(tables);
    }
    const [many, one] = counted;
    assert.deepEqual(many, one);
    assert(
      one?.['program_invocations']?.some(([, , isVote]) => isVote === 1),
      'a vote counted',
    );
    assert(one?.['program_invocations']?.some(([, , isVote]) => isVote === 0));
  });

  await t.test('a slot that is read again counts once', async (t) => {
    const archive = await makeUploadArchive(tempFolder(t));
    const { base, range } = archive;
    const clean = await statsOf(t, dsn, { base, range, database: 'clean' });
    const { offset = 0, length = 0 } = slotPlaces(archive)[1] ?? {};
    const server = await startArchiveServer(base);
    t.after(() => server.close());
    let spoiltReplies = 0;
    server.fault = (exchange) => {
      const { request, response, bytes, range } = exchange;
      const isSlot = range.start <= offset && range.end >= offset + length;
      const isCar = request.url?.endsWith('.car') === true && request.headers.range !== undefined;
      if (!isCar || !isSlot || spoiltReplies > 0) return false;
      spoiltReplies++;
      const spoilt = Buffer.from(bytes);
      // In the Block, so that everything else of the slot was counted before.
      const at = offset + length - 3;
      spoilt[at] = (spoilt[at] ?? 0) ^ 1;
      response.writeHead(206, rangeHeaders(exchange));
      response.end(spoilt.subarray(range.start, range.end));
      return true;
    };
    const retried = await statsOf(t, dsn, { base: server.base, range, database: 'retried' });
    assert.equal(spoiltReplies, 1);
    assert.deepEqual(retried.quarantined, []);
    assert.deepEqual(retried.tables, clean.tables);
    assert.deepEqual(retried.counters.transactions, clean.counters.transactions);
  });

  await t.test('a slot that cannot be read leaves no row and its neighbours do', async (t) => {
    const whole = await makeUploadArchive(join(tempFolder(t), 'whole'));
    const archive = copyArchive(whole, join(tempFolder(t), 'copy'));
    const car = readFileSync(archive.carPath);
    const broken = slotPlaces(whole)[1];
    assert(broken !== undefined);
    const at = broken.offset + broken.length - 3;
    car[at] = (car[at] ?? 0) ^ 1;
    writeFileSync(archive.carPath, car);
    const { base, range, slots } = archive;
    const { tables, quarantined } = await statsOf(t, dsn, { base, range, database: 'broken' });
    assert.deepEqual(
      quarantined.map(({ slot }) => slot),
      [slots[1]],
    );
    for (const table of ['slot_instructions', 'jetstreamer_slot_status']) {
      assert.deepEqual(
        tables[table]?.map(([slot]) => slot),
        slots.filter((slot) => slot !== slots[1]),
      );
    }
    assert(!tables['pubkey_mentions']?.some(([slot]) => slot === slots[1]));
  });

  await t.test('a shard whose rows are refused fails and notes no slot', async (t) => {
    const { base, range } = await makeUploadArchive(tempFolder(t));
    const client = await openDatabase(t, dsn, 'refused');
    await client.command(
      `DROP TABLE ${client.nameOf('slot_instructions')}`,
      AbortSignal.timeout(5_000),
    );
    const clickhouse = { ...statsClickhouse(dsn, 'refused'), batchRowsMax: 1 };
    const { result } = await runStatsShardOf({ base, range, clickhouse });
    assert(result.type === 'failed', JSON.stringify(result));
    assert.equal(result.error.code, 'SINK_REFUSED');
    assert.deepEqual(await readStatsTable(client, 'jetstreamer_slot_status'), []);
    assert.deepEqual(await readStatsTable(client, 'jetstreamer_plugin_slots'), []);
  });

  await t.test('a shard with more keys in a slot than allowed gives up the slot', async (t) => {
    const range = slotRange(REAL_SLOT, REAL_SLOT + 1);
    const limits = { ...bigSections, slotRecordsBytesMax: 1000 * 32 };
    const options = { base: samples, range, database: 'bounded', limits };
    const { tables, quarantined } = await statsOf(t, dsn, options);
    assert.equal(quarantined[0]?.error.code, 'RECORD_TOO_LARGE');
    assert.deepEqual(tables['pubkey_mentions'], []);
  });

  await t.test('a cancelled shard says so', async (t) => {
    const { base, range } = await makeUploadArchive(tempFolder(t));
    const cancel = new SharedArrayBuffer(8);
    Atomics.store(new Int32Array(cancel), 0, 1);
    const { outcome } = await statsOf(t, dsn, { base, range, database: 'cancelled', cancel });
    assert.equal(outcome, 'cancelled');
  });

  await t.test('ClickHouse killed in the middle costs no row and adds none', async (t) => {
    const epoch = 321;
    const slots = Array.from({ length: 60 }, (_, n) => firstSlotOfEpoch(epoch) + 7 + n);
    const base = tempFolder(t);
    await makeArchive(base, { epoch, slots });
    const range = slotRange(slots[0] ?? 0, (slots.at(-1) ?? 0) + 1);
    const calm = await statsOf(t, dsn, { base, range, database: 'calm' });
    const client = await openDatabase(t, dsn, 'killed');
    const clickhouse = {
      ...statsClickhouse(dsn, 'killed'),
      ...{ batchRowsMax: 1, triesMax: 100, backoff: { firstMs: 20, maxMs: 100 } },
    };
    const shard = runStatsShardOf({ base, range, clickhouse });
    let there = 0;
    await until('some slots are there', async () => {
      there = (await readStatsTable(client, 'jetstreamer_slot_status')).length;
      return there > 3;
    });
    assert(there < slots.length, 'others are not');
    assert(running.pid !== null);
    process.kill(running.pid, 'SIGKILL');
    await running.exited;
    await startService(t, service);
    const { result } = await shard;
    assert(result.type === 'shard', JSON.stringify(result));
    assert.deepEqual(await readAllStats(client), calm.tables);
  });
});

test('slots that the tables cannot hold are refused before anything is read', async () => {
  const clickhouse = statsClickhouse('http://127.0.0.1:9', 'nowhere');
  const range = slotRange(2 ** 32 - 1, 2 ** 32 + 1);
  const { result } = await runStatsShardOf({ base: samples, range, clickhouse });
  assert(result.type === 'failed');
  assert.equal(result.error.code, 'USAGE');
});
