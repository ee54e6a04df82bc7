import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { firstSlotOfEpoch, SLOTS_PER_EPOCH } from '../../src/core/epoch.ts';
import { slotRange } from '../../src/core/slot-range.ts';
import type { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { layOutEpoch } from '../support/archive-folder.ts';
import { openDatabase, statsClickhouse } from '../support/clickhouse-database.ts';
import { archiveNames, archivesFolder, skipWithoutArchives } from '../support/ledger-archives.ts';
import { runStatsShardOf } from '../support/run-stats-shard.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import {
  readAllStats,
  readStatsTable,
  type StatsTable,
  sortedTsvHash,
} from '../support/stats-tables.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: the tables hold, to the row and hash, what an independent program counted over every archive. */

interface GoldenTable {
  readonly rows: number;
  readonly sha256OfSortedTsv: string;
}

interface Golden {
  readonly slots: readonly {
    readonly slot: number;
    readonly transactions: number;
    readonly votes: number;
    readonly nonVotes: number;
    readonly blockTime: number;
    readonly topLevelInstructions: number;
    readonly innerInstructions: number;
    readonly slotInstructions: Readonly<Record<string, number>>;
  }[];
  readonly programInvocations: GoldenTable;
  readonly pubkeyMentions: GoldenTable;
}

const limits = { windowBytes: 256 << 10, sectionBytesMax: 32 << 20, slotRecordsBytesMax: 64 << 20 };

async function requireGolden(t: TestContext, dsn: string, name: string): Promise<void> {
  const epoch = Number(name.split('-')[1]);
  const from = join(archivesFolder, name);
  const golden: Golden = JSON.parse(
    readFileSync(join(from, `golden-epoch-${epoch}.json`)).toString(),
  );
  const base = tempFolder(t);
  layOutEpoch(base, epoch, from);
  const first = firstSlotOfEpoch(epoch);
  const range = slotRange(first, first + SLOTS_PER_EPOCH);
  const database = `epoch_${epoch}`;
  const client = await openDatabase(t, dsn, database);
  const options = { base, range, limits, clickhouse: statsClickhouse(dsn, database) };
  const { result, progress } = await runStatsShardOf(options);
  assert(result.type === 'shard', JSON.stringify(result));
  assert.deepEqual(result.quarantined, []);
  assert.equal(result.counters.slotsDone, golden.slots.length);
  assert.equal(progress.length, Math.floor(result.counters.bytesRead / limits.windowBytes / 64));
  await requireTable(client, 'program_invocations', golden.programInvocations);
  await requireTable(client, 'pubkey_mentions', golden.pubkeyMentions);
  assert.deepEqual(
    await readStatsTable(client, 'slot_instructions'),
    golden.slots.map(({ slot, slotInstructions }) => [slot, ...Object.values(slotInstructions)]),
  );
  assert.deepEqual(
    await readStatsTable(client, 'jetstreamer_slot_status'),
    golden.slots.map((one) => [
      ...[one.slot, one.transactions, one.votes, one.nonVotes, one.blockTime],
    ]),
  );
  const calls = golden.slots.reduce(
    (sum, one) => sum + one.topLevelInstructions + one.innerInstructions,
    0,
  );
  const rows = await readStatsTable(client, 'program_invocations_inner');
  assert.equal(
    rows.reduce((sum, row) => sum + Number(row[3]), 0),
    calls,
    'the whole call tree counts every instruction',
  );
  const before = await readAllStats(client);
  await runStatsShardOf(options);
  assert.deepEqual(await readAllStats(client), before, 'a second run changes nothing');
}

async function requireTable(
  client: ClickhouseClient,
  table: StatsTable,
  golden: GoldenTable,
): Promise<void> {
  const rows = await readStatsTable(client, table);
  assert.equal(rows.length, golden.rows, table);
  assert.equal(sortedTsvHash(rows), golden.sha256OfSortedTsv, table);
}

const skip = skipWithoutArchives === false ? clickhouseMissing : skipWithoutArchives;

test('statistics of real archives in a real ClickHouse', { skip }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  assert(archiveNames.length >= 7, 'the archives are there');
  for (const name of archiveNames) {
    await t.test(`${name} counts to the row and hash as the oracle counted it`, (t) =>
      requireGolden(t, service.url, name),
    );
  }
});
