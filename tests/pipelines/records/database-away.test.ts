import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import pg from 'pg';
import { startJetstream } from '../../support/jetstream-server.ts';
import { openPostgres, postgresUnstoppable } from '../../support/postgres-server.ts';
import { recordsOptions, spawnRecords } from '../../support/records-process.ts';
import { sceneEvent, sceneEvents } from '../../support/subcult-events.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

/** Goal: a database that is away is waited for within bounds, and nothing is lost meanwhile. */

async function scenesIn(connectionString: string): Promise<number> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ n: string }>('SELECT count(*) AS n FROM scenes');
    return Number(rows[0]?.n);
  } catch {
    return 0;
  } finally {
    await client.end().catch(() => {});
  }
}

test('PostgreSQL crashes while much is sent, and comes back', {
  skip: postgresUnstoppable,
}, async (t) => {
  const server = await startJetstream(t, ...sceneEvents(300));
  const postgres = await openPostgres(t);
  const databaseUrl = await postgres.databaseUrl();
  const sqlitePath = join(tempFolder(t), 'unused.sqlite');
  const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
  const source = { from: sceneEvent(1).time_us, pauseMaxMs: 300, leaseMs: 60_000 };
  const options = await recordsOptions({ endpoints, databaseUrl, sqlitePath }, { source });
  const records = spawnRecords(t, options);
  await until(records.log, async () => (await scenesIn(databaseUrl)) === 300);

  await postgres.stop('SIGKILL');
  server.append(...sceneEvents(4000, 301));
  await until(records.log, async () => !(await records.readiness()).ready);
  assert.equal((await records.readiness()).database.reachable, false);
  const closed = async (): Promise<boolean> =>
    (await records.metric('indexer_backpressure_closed_total')) === 1;
  await until(records.log, closed);
  const waiting = await records.metric('indexer_pending_messages');
  assert.ok(waiting > 1000 && waiting <= 2000, `${waiting}`);
  assert.equal(server.connections.length, 1, 'nothing is read while nothing can be stored');

  await postgres.start();
  await until(records.log, async () => (await scenesIn(databaseUrl)) === 4300, 40_000);
  await until(records.log, async () => (await records.readiness()).ready);
  assert.ok((await records.metric('indexer_database_writes_failed_total')) > 0);
  assert.ok(server.connections.length >= 2);
  records.kill('SIGTERM');
  assert.equal(await records.exited, 0, records.log());
});

test('a database that is not there at the start is waited for', {
  skip: postgresUnstoppable,
}, async (t) => {
  const server = await startJetstream(t, ...sceneEvents(10));
  const postgres = await openPostgres(t);
  const databaseUrl = await postgres.databaseUrl();
  await postgres.stop('SIGINT');
  const sqlitePath = join(tempFolder(t), 'unused.sqlite');
  const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
  const source = { from: sceneEvent(1).time_us };
  const options = await recordsOptions({ endpoints, databaseUrl, sqlitePath }, { source });
  const records = spawnRecords(t, options);
  await until(records.log, () => records.log().includes('SINK_UNREACHABLE'));
  assert.equal((await records.readiness()).ready, false);
  await postgres.start();
  await until(records.log, async () => (await scenesIn(databaseUrl)) === 10, 40_000);
});
