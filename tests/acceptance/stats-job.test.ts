import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { firstSlotOfEpoch } from '../../src/core/epoch.ts';
import { archiveAt, layOutEpoch } from '../support/archive-folder.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { archiveNames, archivesFolder, skipWithoutArchives } from '../support/ledger-archives.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { readAllStats, readStatsTable, sortedTsvHash } from '../support/stats-tables.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startTestTree } from '../support/tree-in-process.ts';

/**
 * Goal: whole jobs over real archives, from the plan to the audit, leave in the tables, to the row and hash, what an
 * independent program counted; and once more after a second job over the same slots.
 */

interface GoldenTable {
  readonly rows: number;
  readonly sha256OfSortedTsv: string;
}

interface Golden {
  readonly slots: readonly {
    readonly slot: number;
    readonly transactions: number;
    readonly votes: number;
    readonly slotInstructions: Readonly<Record<string, number>>;
  }[];
  readonly programInvocations: GoldenTable;
  readonly pubkeyMentions: GoldenTable;
}

async function requireGolden(t: TestContext, dsn: string, name: string): Promise<void> {
  const epoch = Number(name.split('-')[1]);
  const from = join(archivesFolder, name);
  const golden: Golden = JSON.parse(readFileSync(join(from, `golden-epoch-${epoch}.json`), 'utf8'));
  const folder = tempFolder(t);
  const base = join(folder, 'archive');
  layOutEpoch(base, epoch, from);
  const database = `epoch_${epoch}`;
  await using tree = await startTestTree(folder, {
    ...{ JETSTREAMER_CLICKHOUSE_MODE: 'remote', JETSTREAMER_CLICKHOUSE_DSN: dsn },
    ...{ MILLRACE_CLICKHOUSE_DATABASE: database, MILLRACE_SHARD_BYTES: '4MiB' },
  });
  const spec = {
    ...({ kind: 'stats', verify: 'all', archive: archiveAt(base) } as const),
    follow: null,
    range: { start: firstSlotOfEpoch(epoch), end: firstSlotOfEpoch(epoch + 1) },
    variants: { inner: true, loaded: true },
  };
  const report = await tree.run(spec);
  assert.deepEqual([report.state, report.audit.done], ['complete', golden.slots.length]);
  const client = await openDatabase(t, dsn, database);
  for (const [table, expected] of [
    ['program_invocations', golden.programInvocations],
    ['pubkey_mentions', golden.pubkeyMentions],
  ] as const) {
    const rows = await readStatsTable(client, table);
    assert.equal(rows.length, expected.rows, table);
    assert.equal(sortedTsvHash(rows), expected.sha256OfSortedTsv, table);
    assert.equal(report.tables.find((one) => one.table === table)?.rows, expected.rows);
  }
  assert.deepEqual(
    await readStatsTable(client, 'slot_instructions'),
    golden.slots.map(({ slot, slotInstructions }) => [slot, ...Object.values(slotInstructions)]),
  );
  const total = (count: (slot: Golden['slots'][number]) => number) =>
    golden.slots.reduce((sum, slot) => sum + count(slot), 0);
  const { transactions, votes } = report.counters;
  assert.equal(
    transactions,
    total((slot) => slot.transactions),
  );
  assert.equal(
    votes,
    total((slot) => slot.votes),
  );
  const before = await readAllStats(client);
  const again = await tree.run(spec, { fresh: true });
  assert.deepEqual(again.tables, report.tables);
  assert.deepEqual(await readAllStats(client), before, 'a second job changes nothing');
}

const skip = skipWithoutArchives === false ? clickhouseMissing : skipWithoutArchives;

test('jobs of statistics over real archives into a real ClickHouse', { skip }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  for (const name of archiveNames) {
    await t.test(`${name} counts to the row and hash through the whole job`, (t) =>
      requireGolden(t, service.url, name),
    );
  }
});
