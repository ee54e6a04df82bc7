import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { RecordTable } from '../../../../src/model/record-table.ts';
import { faultOf, openOracle, openPostgresStore } from '../../../support/open-postgres-store.ts';
import { onDatabase } from '../../../support/postgres/data-template.ts';
import { postgresMissing, sharedPostgres } from '../../../support/postgres-server.ts';
import { ContractWriter } from '../../../support/record-contract/contract-database.ts';
import { event, sampleTables, scene, sceneTable } from '../../../support/record-samples.ts';

/** Goal: the schema in PostgreSQL is made once, grows without loss, and what would lose data is refused. */

const needsServer = { skip: postgresMissing };
const did = 'did:plc:schema';
const { signal } = new AbortController();

async function emptyDatabase(): Promise<string> {
  return await (await sharedPostgres()).databaseUrl();
}

async function filled(t: TestContext): Promise<string> {
  const url = await (await sharedPostgres()).databaseUrl({ postgis: true });
  const store = openPostgresStore(t, url);
  await store.migrate(signal);
  const writer = await ContractWriter.of(store);
  await writer.apply([scene(did, 'home', 1, { name: 'Home' }), event(did, 'party', 1)]);
  await store.releaseLease(writer.lease);
  return url;
}

/** The sample tables with another table of scenes. */
function withScenes(changed: Partial<RecordTable>): readonly RecordTable[] {
  return [{ ...sceneTable, ...changed }, ...sampleTables.slice(1)];
}

test('stores that make the tables at once, and again, make them once', needsServer, async (t) => {
  const url = await emptyDatabase();
  const stores = [1, 2, 3].map(() => openPostgresStore(t, url));
  await Promise.all(stores.map((store) => store.migrate(signal)));
  await Promise.all(stores.map((store) => store.migrate(signal)));
  const { rows } = await onDatabase(url, 'SELECT version FROM millrace_migrations');
  assert.deepEqual(rows, [{ version: 1 }]);
  assert.equal((await onDatabase(url, 'SELECT 1 FROM indexer_tables')).rowCount, 4);
});

test('points have spatial indexes, and keys the types that users know', needsServer, async (t) => {
  const oracle = await openOracle(t, await filled(t));
  const indexes = await oracle.query(
    "SELECT indexdef FROM pg_indexes WHERE tablename = 'scenes' AND indexdef LIKE '%gist%'",
  );
  assert.equal(indexes.rowCount, 2);
  const columns = await oracle.query(
    "SELECT attname || ' ' || format_type(atttypid, atttypmod) AS text FROM pg_attribute WHERE attrelid IN ('scenes'::regclass, 'ingestion_idempotency'::regclass) AND attnum > 0",
  );
  const texts = columns.rows.map(({ text }) => text);
  const expected = [
    ...['display_point geography(Point,4326)', 'coarse_geohash character varying(20)'],
    ...['name character varying(40)', 'tags text[]', 'palette jsonb', 'size bigint'],
    ...['idempotency_key character varying(64)', 'record_id uuid'],
  ];
  assert.deepEqual(
    expected.filter((text) => !texts.includes(text)),
    [],
  );
});

test(
  'a table grows by columns and references, and its unique rule changes, without loss',
  needsServer,
  async (t) => {
    const url = await filled(t);
    const grown = withScenes({
      columns: [...sceneTable.columns, { name: 'motto', type: 'text', nullable: true }],
      references: [{ column: 'parent_id', collection: 'test.scene', required: false }],
      unique: [],
    });
    const store = openPostgresStore(t, url, grown);
    await store.migrate(signal);
    const writer = await ContractWriter.of(store);
    const outcome = await writer.apply([scene(did, 'double', 2, { name: 'Home' })]);
    assert.equal(outcome.inserted, 1);
    const { rows } = await onDatabase(url, 'SELECT record_rkey, motto, parent_id FROM scenes');
    assert.deepEqual(rows, [
      { record_rkey: 'home', motto: null, parent_id: null },
      { record_rkey: 'double', motto: null, parent_id: null },
    ]);
    // Back again, the two of one name are in the way.
    const back = openPostgresStore(t, url, withScenes({ ...grown[0], unique: sceneTable.unique }));
    const fault = faultOf('SINK_REFUSED', false, /rows of table scenes break its new unique rule/);
    await assert.rejects(back.migrate(signal), fault);
  },
);

const REFUSED: readonly (readonly [string, Partial<RecordTable>, RegExp])[] = [
  ['a column that goes', { columns: sceneTable.columns.slice(1) }, /column name is there and not/],
  [
    'another type',
    {
      columns: sceneTable.columns.map((column) => {
        return column.name === 'size' ? { ...column, type: 'text' as const } : column;
      }),
    },
    /column size is defined otherwise/,
  ],
  [
    'a new column that may not be null',
    { columns: [...sceneTable.columns, { name: 'motto', type: 'text', nullable: false }] },
    /column motto is new and may not be null/,
  ],
];

for (const [name, changed, said] of REFUSED) {
  test(`${name} is refused and leaves everything as it was`, needsServer, async (t) => {
    const url = await filled(t);
    const describe =
      "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2";
    const before = (await onDatabase(url, describe)).rows;
    const store = openPostgresStore(t, url, withScenes(changed));
    await assert.rejects(store.migrate(signal), faultOf('SINK_REFUSED', false, said));
    assert.deepEqual((await onDatabase(url, describe)).rows, before);
  });
}

test(
  'the schema of a newer Millrace, and a table that is not ours, are refused',
  needsServer,
  async (t) => {
    const url = await filled(t);
    await onDatabase(url, 'INSERT INTO millrace_migrations (version) VALUES (99)');
    const newer = faultOf('SINK_REFUSED', false, /version is 99 .* update Millrace/);
    await assert.rejects(openPostgresStore(t, url).migrate(signal), newer);
    const other = await emptyDatabase();
    await onDatabase(other, 'CREATE TABLE scenes (id int)');
    const taken = faultOf('SINK_REFUSED', false, /"scenes" already exists/);
    await assert.rejects(openPostgresStore(t, other).migrate(signal), taken);
  },
);

test('where PostGIS cannot be made, it is said what has to be done', needsServer, async (t) => {
  const url = await emptyDatabase();
  const role = `millrace_plain_${process.pid}`;
  await onDatabase(url, `CREATE ROLE ${role}; GRANT ALL ON SCHEMA public TO ${role}`);
  t.after(() => onDatabase(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`));
  const plain = new URL(url);
  plain.searchParams.set('options', `-c role=${role}`);
  const store = openPostgresStore(t, plain.href);
  const fault = faultOf('SINK_REFUSED', false, /PostGIS is needed .* CREATE EXTENSION postgis/);
  await assert.rejects(store.migrate(signal), fault);
});

test('a precise point without consent is refused of any writer', needsServer, async (t) => {
  const oracle = await openOracle(t, await filled(t));
  const insert = (allow: boolean, rkey: string) => {
    return oracle.query(
      `INSERT INTO scenes (id, record_did, record_rkey, record_rev, created_at, updated_at,
        name, owner_did, visibility, allow_precise, precise_point)
      VALUES (gen_random_uuid(), 'did:plc:x', $1::text, '3', now(), now(), $1::text, 'did:plc:x', 'public', $2,
        'SRID=4326;POINT(13.4 52.5)'::geography)`,
      [rkey, allow],
    );
  };
  await insert(true, 'allowed');
  await assert.rejects(insert(false, 'refused'), { constraint: 'chk_scenes_precise_consent' });
});
