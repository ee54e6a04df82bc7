import assert from 'node:assert/strict';
import test from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { startJetstream } from '../../support/jetstream-server.ts';
import { recordsDatabases } from '../../support/records-database.ts';
import { recordsOptions, startRecords } from '../../support/records-process.ts';
import { sceneEvents } from '../../support/subcult-events.ts';
import { until } from '../../support/until.ts';

/** Goal: an instance whose lease is taken while it stores stands by, and its process goes on. */

const sqlite = recordsDatabases.find(({ name }) => name === 'SQLite');

test('a batch that is refused because another one holds the lease makes this one stand by', async (t) => {
  assert(sqlite);
  const server = await startJetstream(t, ...sceneEvents(3));
  const database = await sqlite.open(t);
  const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
  // So long a lease is not renewed within the test: it is the batch that meets the loss.
  const source = { from: 1, leaseMs: 600_000 };
  const records = await startRecords(
    t,
    await recordsOptions({ endpoints, ...database }, { source }),
  );
  await until(records.log, async () => (await database.count('scenes')) === 3);
  const file = new SqliteDatabase(database.sqlitePath);
  t.after(() => file.close());
  file.exec("UPDATE indexer_leases SET holder = 'another', token = token + 1");
  server.append(...sceneEvents(2, 4));
  await until(records.log, () => records.log().includes('LEASE_LOST'));
  await until(records.log, async () => (await records.readiness()).lease === 'standby');
  assert.equal(await database.count('scenes'), 3);
});
