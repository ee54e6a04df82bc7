import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { startJetstream } from '../../support/jetstream-server.ts';
import { type RecordsDatabase, recordsDatabases } from '../../support/records-database.ts';
import { recordsOptions, startRecords } from '../../support/records-process.ts';
import { FIRST_TIME_US, sceneEvent, sceneEvents } from '../../support/subcult-events.ts';
import { until } from '../../support/until.ts';

/** Goal: who begins at a given place misses nothing behind it, whatever was stored before and whoever takes the lease. */

/** Hours behind the others. */
const LATE = 20_000_000;

async function openSqlite(t: TestContext): Promise<RecordsDatabase> {
  const sqlite = recordsDatabases.find(({ name }) => name === 'SQLite');
  assert(sqlite);
  return await sqlite.open(t);
}

test('a cursor that was given is not passed over when the connection ends on the way', async (t) => {
  const database = await openSqlite(t);
  const first = await startJetstream(t, sceneEvent(LATE));
  const endpoints = [{ url: first.url(), protocol: 'v1' }] as const;
  const before = await startRecords(
    t,
    await recordsOptions({ endpoints, ...database }, { source: { from: 1 } }),
  );
  await until(before.log, async () => (await database.count('scenes')) === 1);
  before.kill('SIGTERM');
  assert.equal(await before.exited, 0, before.log());

  const other = await startJetstream(t, ...sceneEvents(100));
  other.faults.closeAfter = 60;
  const again = await startRecords(
    t,
    await recordsOptions(
      { endpoints: [{ url: other.url(), protocol: 'v1' }], ...database },
      { source: { from: FIRST_TIME_US } },
    ),
  );
  await until(again.log, async () => (await database.count('scenes')) >= 61);
  other.faults.closeAfter = null;
  await until(again.log, async () => (await database.count('scenes')) === 101);
});

test('who began at the tip goes on where it was when its lease comes back', async (t) => {
  const database = await openSqlite(t);
  const server = await startJetstream(t);
  const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
  const records = await startRecords(
    t,
    await recordsOptions({ endpoints, ...database }, { source: { from: 'live', leaseMs: 900 } }),
  );
  server.append(sceneEvent(1));
  await until(records.log, async () => (await database.count('scenes')) === 1);
  const file = new SqliteDatabase(database.sqlitePath);
  t.after(() => file.close());
  file.exec("UPDATE indexer_leases SET holder = 'another', token = token + 1, expires_at = 9e15");
  await until(records.log, async () => (await records.readiness()).lease === 'standby');
  server.append(sceneEvent(2));
  file.exec('UPDATE indexer_leases SET expires_at = 0');
  await until(records.log, async () => (await database.count('scenes')) === 2);
});
