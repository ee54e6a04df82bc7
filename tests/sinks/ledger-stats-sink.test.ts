import assert from 'node:assert/strict';
import test from 'node:test';
import type { SlotStatsColumns } from '../../src/model/ledger-stats.ts';
import type { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { LedgerStatsSink } from '../../src/sinks/ledger-stats-sink.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { readStatsTable } from '../support/stats-tables.ts';
import { until } from '../support/until.ts';

/** Goal: rows arrive whole and once, with Jetstreamer's shape, and what was refused is told. */

const never = new AbortController().signal;

function keysOf(...fills: readonly number[]): Int32Array {
  return Int32Array.from(fills.flatMap((fill) => Array(8).fill(Math.imul(fill, 0x0101_0101))));
}

/** A slot with `pubkeys` keys, the first of them called once by a vote. */
function statsOf(pubkeys: number, units = 5): SlotStatsColumns {
  const mine = Array.from({ length: pubkeys }, (_, n) => n + 1);
  const column = (value: number): Float64Array => {
    const values = new Float64Array(pubkeys * 2);
    values[1] = value;
    return values;
  };
  return {
    keyCount: pubkeys,
    keys: keysOf(...mine),
    invocations: {
      ...{ counts: column(1), errors: column(0) },
      ...{ minUnits: column(units), maxUnits: column(units), totalUnits: column(units) },
    },
    treeInvocations: null,
    instructions: {
      ...{ voteInstructions: 2 ** 40, otherInstructions: 3 },
      ...{ voteTransactions: 1, otherTransactions: 0 },
    },
    mentions: Int32Array.from(mine),
    loadedMentions: null,
  };
}

function status(slot: number, blockTime = 1_700_000_000) {
  return { slot, transactions: 1, votes: 1, blockTime };
}

function sinkOf(client: ClickhouseClient, batchRowsMax: number, batchBytesMax = 1e9) {
  return new LedgerStatsSink({ client, batchRowsMax, batchBytesMax, batchesInFlightMax: 2 });
}

/** Name, engine, sorting key and columns of each table of statistics. */
async function shapes(client: ClickhouseClient): Promise<string[][]> {
  const where = `database = '${client.database}' AND match(TABLE, '^(program|pubkey|slot)')`;
  const tables = await client.rows<Record<string, string>>(
    `SELECT name, engine, engine_full, sorting_key FROM system.tables
      WHERE ${where.replace('TABLE', 'name')} AND engine != 'MaterializedView' ORDER BY name`,
    never,
  );
  const columns = await client.rows<Record<string, string>>(
    `SELECT table, name, type FROM system.columns WHERE ${where.replace('TABLE', 'table')} ORDER BY position`,
    never,
  );
  return tables.map(({ name = '', engine_full = '', sorting_key = '' }) => [
    name,
    engine_full.split(' ')[0] ?? '',
    sorting_key,
    columns
      .filter(({ table }) => table === name)
      .map((column) => `${column['name']} ${column['type']}`)
      .join(', '),
  ]);
}

test('the sink of ledger statistics with a real ClickHouse', {
  skip: clickhouseMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);

  await t.test('tables have the columns, engines and keys of Jetstreamer', async (t) => {
    const client = await openDatabase(t, service.url, 'shape');
    const invocations =
      "slot UInt32, timestamp DateTime('UTC'), program_id FixedString(32), is_vote UInt8, count UInt32, error_count UInt32, min_cus UInt32, max_cus UInt32, total_cus UInt32";
    const mentions =
      "slot UInt32, timestamp DateTime('UTC'), pubkey FixedString(32), num_mentions UInt32";
    const instructions =
      "slot UInt32, timestamp DateTime('UTC'), vote_instruction_count UInt64, non_vote_instruction_count UInt64, vote_transaction_count UInt32, non_vote_transaction_count UInt32";
    const replacing = 'ReplacingMergeTree(timestamp)';
    assert.deepEqual(await shapes(client), [
      ['program_invocations', replacing, 'slot, program_id, is_vote', invocations],
      ['program_invocations_inner', replacing, 'slot, program_id, is_vote', invocations],
      ['pubkey_mentions', replacing, 'slot, pubkey', mentions],
      ['pubkey_mentions_loaded', replacing, 'slot, pubkey', mentions],
      ['pubkeys', 'ReplacingMergeTree', 'pubkey', 'pubkey FixedString(32), id UInt64'],
      ['slot_instructions', replacing, 'slot', instructions],
    ]);
  });

  await t.test('every key that is mentioned gets its number once', async (t) => {
    const client = await openDatabase(t, service.url, 'pubkeys');
    const sink = sinkOf(client, 1);
    for (const slot of [1, 2, 3]) {
      assert.equal(sink.addSlot(status(slot), statsOf(slot)), true);
      await sink.flush(never);
    }
    await sink.drain(never);
    const sql = `SELECT count() AS keys, countIf(id = sipHash64(pubkey)) AS right
      FROM ${client.nameOf('pubkeys')} FINAL`;
    assert.deepEqual(await client.rows(sql, never), [{ keys: '3', right: '3' }]);
  });

  await t.test('what no column can hold is written as the nearest value it can', async (t) => {
    const client = await openDatabase(t, service.url, 'bounds');
    const sink = sinkOf(client, 1_000);
    sink.addSlot(status(1, -5), statsOf(1, 2 ** 60));
    sink.addSlot(status(2, 2 ** 50), statsOf(1));
    await sink.drain(never);
    const times = `SELECT toUnixTimestamp(timestamp) AS time, max_cus
      FROM ${client.nameOf('program_invocations')} ORDER BY slot`;
    assert.deepEqual(await client.rows(times, never), [
      { time: 0, max_cus: 0xffff_ffff },
      { time: 0xffff_ffff, max_cus: 5 },
    ]);
    assert.deepEqual(await readStatsTable(client, 'slot_instructions'), [
      [1, 2 ** 40, 3, 1, 0],
      [2, 2 ** 40, 3, 1, 0],
    ]);
  });

  await t.test('a table is due at its bound of rows or of bytes, whichever comes first', () => {
    const client = {} as ClickhouseClient;
    // One row of invocations, one of instructions, ten mentions, four that note the slot.
    const byRows = sinkOf(client, 20);
    assert.equal(byRows.addSlot(status(1), statsOf(10)), false);
    assert.equal(byRows.addSlot(status(2), statsOf(10)), true);
    const byBytes = sinkOf(client, 1_000, 2 * 10 * 44);
    assert.equal(byBytes.addSlot(status(1), statsOf(10)), false);
    assert.equal(byBytes.addSlot(status(2), statsOf(10)), true);
    const bySlots = sinkOf(client, 12);
    assert.equal(bySlots.addSlot(status(1), statsOf(1)), false);
    assert.equal(bySlots.addSlot(status(2), statsOf(1)), false);
    assert.equal(bySlots.addSlot(status(3), statsOf(1)), true);
  });

  await t.test('many batches in flight arrive as they were filled', async (t) => {
    const client = await openDatabase(t, service.url, 'many');
    const sink = sinkOf(client, 100);
    const expected = [];
    for (let slot = 1; slot <= 60; slot++) {
      const keys = 100 + (slot % 4);
      assert.equal(sink.addSlot(status(slot), statsOf(keys)), true);
      await sink.flush(never);
      for (let n = 1; n <= keys; n++) expected.push(`${slot} ${n}`);
    }
    await sink.drain(never);
    const rows = await readStatsTable(client, 'pubkey_mentions');
    const found = rows.map(([slot, , count]) => `${slot} ${count}`);
    assert.deepEqual(found.sort(), expected.sort());
  });

  await t.test('rows that are due leave early, small tables and slots at the end', async (t) => {
    const client = await openDatabase(t, service.url, 'early');
    const sink = sinkOf(client, 100);
    const countOf = async (table: Parameters<typeof readStatsTable>[1]) =>
      (await readStatsTable(client, table)).length;
    for (const slot of [1, 2]) {
      sink.addSlot(status(slot), statsOf(100));
      await sink.flush(never);
    }
    await until('the first keys are there', async () => (await countOf('pubkey_mentions')) >= 100);
    const small = ['slot_instructions', 'program_invocations', 'jetstreamer_slot_status'] as const;
    for (const table of small) {
      assert.equal(await countOf(table), 0, table);
    }
    await sink.drain(never);
    assert.deepEqual(await Promise.all(small.map(countOf)), [2, 2, 2]);
    assert.equal(await countOf('pubkey_mentions'), 200);
    await sink.close();
  });

  await t.test('a refused batch fails the next flush and every one after it', async (t) => {
    const client = await openDatabase(t, service.url, 'refused');
    await client.command(`DROP TABLE ${client.nameOf('slot_instructions')}`, never);
    const sink = sinkOf(client, 1);
    sink.addSlot(status(1), statsOf(1));
    await assert.rejects(sink.drain(never), { code: 'SINK_REFUSED' });
    sink.addSlot(status(2), statsOf(1));
    await assert.rejects(sink.flush(never), { code: 'SINK_REFUSED' });
    await sink.close();
    assert.deepEqual(await readStatsTable(client, 'jetstreamer_slot_status'), []);
  });

  await t.test('the plugins are known by the names and numbers of Jetstreamer', async (t) => {
    const client = await openDatabase(t, service.url, 'plugins');
    const sink = sinkOf(client, 1);
    sink.registerPlugins(never);
    sink.registerPlugins(never);
    await sink.drain(never);
    const sql = `SELECT id, name FROM ${client.nameOf('jetstreamer_plugins')} FINAL ORDER BY id`;
    assert.deepEqual(await client.rows(sql, never), [
      { id: 7071, name: 'Pubkey Stats' },
      { id: 7997, name: 'Program Tracking' },
      { id: 21_715, name: 'Instruction Tracking' },
    ]);
  });
});
