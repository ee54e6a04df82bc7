import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { startJetstream } from '../../support/jetstream-server.ts';
import { recordsOptions, startRecords } from '../../support/records-process.ts';
import { commitEvent, didOf, sceneEvents, tid } from '../../support/subcult-events.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

/** Goal: what a stream sends stands in the database, and a stopped indexer goes on where it was. */

test('the process stores what comes, stops in order, and resumes by its cursor', async (t) => {
  const server = await startJetstream(t, ...sceneEvents(700));
  const sqlitePath = join(tempFolder(t), 'records.sqlite');
  const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
  const options = await recordsOptions(
    { endpoints, databaseUrl: null, sqlitePath },
    { source: { from: 1 } },
  );
  const first = await startRecords(t, options);
  const database = new SqliteDatabase(sqlitePath, { readonly: true });
  t.after(() => database.close());
  const scenes = (): number =>
    (
      database.prepare('SELECT count(*) AS n FROM scenes WHERE deleted_at IS NULL').get() as {
        n: number;
      }
    ).n;
  await until(
    () => `all are stored: ${scenes()} ${first.log()}`,
    () => scenes() === 700,
  );
  assert.equal(await first.metric('indexer_upserts_total'), 700);
  assert.equal(await first.metric('indexer_messages_processed_total'), 700);
  assert.ok((await first.metric('indexer_processing_lag_seconds')) > 0);
  first.kill('SIGTERM');
  assert.equal(await first.exited, 0, first.log());

  server.append(...sceneEvents(50, 701));
  const gone = commitEvent({
    did: didOf(1),
    collection: 'scene',
    rkey: tid(1),
    at: 900,
    record: null,
  });
  server.append(gone);
  const second = await startRecords(t, { ...options, source: { ...options.source, from: null } });
  await until(
    () => `the new ones are stored: ${scenes()} ${second.log()}`,
    () => scenes() === 749,
  );
  const cursor = Number(server.connections.at(-1)?.query.get('cursor'));
  assert.ok(cursor > 1e15, `${cursor}`);
  const { ready, stream, database: store, lease } = await second.readiness();
  assert.equal(ready, true);
  assert.equal(stream.state, 'open');
  assert.deepEqual(store, { kind: 'sqlite', reachable: true });
  assert.equal(lease, 'held');
  second.kill('SIGTERM');
  assert.equal(await second.exited, 0);
});
