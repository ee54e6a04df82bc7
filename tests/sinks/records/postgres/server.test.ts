import assert from 'node:assert/strict';
import test from 'node:test';
import { onDatabase } from '../../../support/postgres/data-template.ts';
import {
  openPostgres,
  postgresMissing,
  postgresUnstoppable,
  sharedPostgres,
} from '../../../support/postgres-server.ts';
import { processAlive } from '../../../support/process-alive.ts';

/** Goal: the PostgreSQL that tests run against is a real one with PostGIS, keeps what it committed, and can crash. */

const needsServer = { skip: postgresMissing };

const metresApart = (metres: number) => `SELECT ST_DWithin(
  'SRID=4326;POINT(13.4050 52.5200)'::geography, 'SRID=4326;POINT(13.4050 52.5290)'::geography, ${metres}) AS near`;

test(
  'a new database is empty, and PostGIS can be added and measures on the globe',
  needsServer,
  async () => {
    const server = await sharedPostgres();
    const url = await server.databaseUrl();
    const tables = await onDatabase(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
    assert.equal(tables.rowCount, 0);
    const extensions = await onDatabase(
      url,
      "SELECT 1 FROM pg_extension WHERE extname = 'postgis'",
    );
    assert.equal(extensions.rowCount, 0);
    await onDatabase(url, 'CREATE EXTENSION IF NOT EXISTS postgis');
    const version = await onDatabase(url, 'SELECT PostGIS_Version() AS text');
    assert.match(version.rows[0].text, /^3\./);
    // 0.009 degrees of latitude are 1001 m there.
    assert.deepEqual((await onDatabase(url, metresApart(990))).rows, [{ near: false }]);
    assert.deepEqual((await onDatabase(url, metresApart(1010))).rows, [{ near: true }]);
  },
);

test(
  'a database can be asked for with PostGIS in it, and finds its reference systems',
  needsServer,
  async () => {
    const url = await (await sharedPostgres()).databaseUrl({ postgis: true });
    const sql = "SELECT round(ST_X(ST_Transform('SRID=4326;POINT(1 0)'::geometry, 3857))) AS x";
    assert.deepEqual((await onDatabase(url, sql)).rows, [{ x: 111319 }]);
  },
);

test('two databases of one server do not see each other', needsServer, async () => {
  const server = await sharedPostgres();
  const [first, second] = [await server.databaseUrl(), await server.databaseUrl()];
  await onDatabase(first, 'CREATE TABLE only_here (id int)');
  await assert.rejects(onDatabase(second, 'SELECT * FROM only_here'), /only_here/);
  assert.equal((await onDatabase(first, 'SELECT * FROM only_here')).rowCount, 0);
});

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`a server ended by ${signal} answers no more, and keeps what was committed when it starts again`, {
    skip: postgresUnstoppable,
  }, async (t) => {
    const server = await openPostgres(t);
    const url = await server.databaseUrl();
    await onDatabase(url, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id');
    const before = server.pid();
    assert.ok(before !== null && processAlive(before));
    await server.stop(signal);
    assert.ok(!processAlive(before));
    await assert.rejects(onDatabase(url, 'SELECT 1'), { code: 'ECONNREFUSED' });
    await server.start();
    assert.notEqual(server.pid(), before);
    assert.deepEqual((await onDatabase(url, 'SELECT sum(id)::int AS sum FROM kept')).rows, [
      { sum: 500_500 },
    ]);
  });
}
