import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { SessionResult } from '../../src/model/session-result.ts';
import type { SlotStatusRow } from '../../src/model/worker-task.ts';
import { ClickhouseBookkeeping, pluginIdOf } from '../../src/sinks/clickhouse-bookkeeping.ts';
import { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { migrateClickhouse } from '../../src/sinks/clickhouse-migrations.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';

const never = new AbortController().signal;
const skip = clickhouseMissing;
const plugin = { name: 'iq-sessions', version: 1 };

function open(t: TestContext, dsn: string, database: string): ClickhouseClient {
  const client = new ClickhouseClient({
    dsn,
    database,
    requestTimeoutMs: 20_000,
    triesMax: 3,
    backoff: { firstMs: 1, maxMs: 5 },
    random: () => 0,
  });
  t.after(() => client.close());
  return client;
}

function slotRow(slot: number): SlotStatusRow {
  return { slot, transactions: 1_500, votes: 1_000, blockTime: 1_700_000_000 };
}

const incomplete: SessionResult = {
  session: '9KLLchQVJpGkw4jPuUmnvqESdR7mtNCYr3qS4iQLabs',
  program: "hostile ' \\ \u0000 name",
  state: 'incomplete',
  conflicts: [],
  total_chunks: null,
  chunk_count: 3,
  missing: [[1, 1]],
  decode: 'none',
  bytes: 0,
  sha256: null,
  file: null,
  delivered: false,
  first_slot: 5,
  last_slot: 9,
  finalize_slot: null,
  finalize_signature: null,
};

test('bookkeeping in a real ClickHouse', { skip }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);

  await t.test('tables have the columns, engines and keys of Jetstreamer', async (t) => {
    const client = open(t, service.url, 'shape');
    await migrateClickhouse(client, never);
    const tables = await client.rows<{ name: string; engine_full: string; sorting_key: string }>(
      "SELECT name, engine_full, sorting_key FROM system.tables WHERE database = 'shape' AND match(name, '^(jetstreamer|millrace)_') ORDER BY name",
      never,
    );
    const engines = tables.map(({ name, engine_full, sorting_key }) => [
      name,
      engine_full.split(' ')[0],
      sorting_key,
    ]);
    assert.deepEqual(engines, [
      ['jetstreamer_plugin_slots', 'ReplacingMergeTree', 'plugin_id, slot'],
      ['jetstreamer_plugins', 'ReplacingMergeTree', 'id'],
      ['jetstreamer_slot_status', 'ReplacingMergeTree(indexed_at)', 'slot'],
      ['millrace_migrations', 'ReplacingMergeTree(applied_at)', 'version'],
      ['millrace_sessions', 'ReplacingMergeTree(updated_at)', 'session, program'],
    ]);
    const columns = await client.rows<{ name: string; type: string }>(
      "SELECT name, type FROM system.columns WHERE database = 'shape' AND table = 'jetstreamer_slot_status' ORDER BY position",
      never,
    );
    assert.deepEqual(
      columns.map(({ name, type }) => `${name} ${type}`),
      [
        'slot UInt64',
        'transaction_count UInt32',
        'vote_transaction_count UInt32',
        'non_vote_transaction_count UInt32',
        'thread_id UInt8',
        "block_time DateTime('UTC')",
        "indexed_at DateTime('UTC')",
      ],
    );
  });

  await t.test('migrating again, and twice at once, changes nothing', async (t) => {
    const client = open(t, service.url, 'twice');
    await Promise.all([migrateClickhouse(client, never), migrateClickhouse(client, never)]);
    await migrateClickhouse(client, never);
    const sql = `SELECT version FROM ${client.nameOf('millrace_migrations')} FINAL ORDER BY version`;
    assert.deepEqual(await client.rows(sql, never), [
      { version: 1 },
      { version: 2 },
      { version: 3 },
    ]);
  });

  await t.test('tables of a newer program are left alone', async (t) => {
    const client = open(t, service.url, 'newer');
    await migrateClickhouse(client, never);
    const table = client.nameOf('millrace_migrations');
    await client.command(`INSERT INTO ${table} (version) VALUES (99)`, never);
    await assert.rejects(migrateClickhouse(client, never), {
      code: 'SINK_REFUSED',
      message: /version 3 or older, received 99.*update/,
    });
  });

  await t.test('slots written twice are there once, with votes told apart', async (t) => {
    const client = open(t, service.url, 'slots');
    await migrateClickhouse(client, never);
    const bookkeeping = new ClickhouseBookkeeping(client, plugin);
    await bookkeeping.registerPlugins([plugin], never);
    const rows = Array.from({ length: 5_000 }, (_, index) => slotRow(358_560_000 + index));
    rows.push({ ...slotRow(7), blockTime: Number.MAX_SAFE_INTEGER });
    await bookkeeping.writeSlots(rows, never);
    await bookkeeping.writeSlots(rows, never);
    await bookkeeping.writeSlots([], never);
    const [sum] = await client.rows<Record<string, unknown>>(
      `SELECT count() AS slots, sum(transaction_count) AS t, sum(non_vote_transaction_count) AS n,
        toUnixTimestamp(anyIf(block_time, slot != 7)) AS time
        FROM ${client.nameOf('jetstreamer_slot_status')} FINAL`,
      never,
    );
    assert.deepEqual(sum, { slots: '5001', t: '7501500', n: '2500500', time: 1_700_000_000 });
    const [seen] = await client.rows<Record<string, unknown>>(
      `SELECT count() AS slots, any(p.name) AS name
        FROM ${client.nameOf('jetstreamer_plugin_slots')} AS s FINAL
        JOIN ${client.nameOf('jetstreamer_plugins')} AS p ON p.id = s.plugin_id`,
      never,
    );
    assert.deepEqual(seen, { slots: '5001', name: 'iq-sessions' });
  });

  await t.test('the later state of a session replaces the earlier one', async (t) => {
    const client = open(t, service.url, 'sessions');
    await migrateClickhouse(client, never);
    const bookkeeping = new ClickhouseBookkeeping(client, plugin);
    await bookkeeping.writeSessions([incomplete], never);
    const table = client.nameOf('millrace_sessions');
    const read = `SELECT * EXCEPT (updated_at) FROM ${table} FINAL`;
    const [before] = await client.rows<Record<string, unknown>>(read, never);
    assert.equal(before?.['program'], incomplete.program);
    assert.equal(before?.['total_chunks'], null);
    assert.equal(before?.['missing_ranges'], 1);
    const complete: SessionResult = {
      ...incomplete,
      state: 'complete',
      missing: [],
      total_chunks: 4,
      bytes: 2 ** 40,
      sha256: 'ab'.repeat(32),
      delivered: true,
      finalize_slot: 10,
    };
    await bookkeeping.writeSessions([complete], never);
    const after = await client.rows<Record<string, unknown>>(read, never);
    assert.equal(after.length, 1);
    assert.equal(after[0]?.['state'], 'complete');
    assert.equal(after[0]?.['bytes'], String(2 ** 40));
    assert.equal(after[0]?.['finalize_slot'], '10');
    assert.equal(after[0]?.['delivered'], 1);
  });

  await t.test('what ClickHouse refuses is refused at once and for good', async (t) => {
    const client = open(t, service.url, 'nowhere');
    const bookkeeping = new ClickhouseBookkeeping(client, plugin);
    await assert.rejects(bookkeeping.writeSlots([slotRow(1)], never), {
      code: 'SINK_REFUSED',
      retryable: false,
      message: /inserting into jetstreamer_(slot_status|plugin_slots).*error (60|81)/,
    });
  });

  await t.test('a database name is never taken as part of a statement', async (t) => {
    const client = open(t, service.url, 'odd`; DROP DATABASE slots; --\\');
    await migrateClickhouse(client, never);
    const [row] = await client.rows<{ name: string }>(
      "SELECT name FROM system.databases WHERE name LIKE 'odd%'",
      never,
    );
    assert.equal(row?.name, 'odd`; DROP DATABASE slots; --\\');
  });
});

/** The first three are Jetstreamer's own plugins with their ids in its tables, the last is the IQ plugin. */
const knownIds = [
  ['Program Tracking', 7997],
  ['Instruction Tracking', 21_715],
  ['Pubkey Stats', 7071],
  ['iq-session', 56_537],
] as const;

test('a plugin has the number that Jetstreamer gives to its name', () => {
  for (const [name, id] of knownIds) assert.equal(pluginIdOf(name), id, name);
});
