import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import { OperatingError } from '../../../../src/core/errors.ts';
import type { BatchOutcome } from '../../../../src/model/record-batch.ts';
import type { RecordTable } from '../../../../src/model/record-table.ts';
import { SqliteRecordStore } from '../../../../src/sinks/records/sqlite/sqlite-record-store.ts';
import { ContractWriter } from '../../../support/record-contract/contract-database.ts';
import { event, sampleTables, scene, sceneTable } from '../../../support/record-samples.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

/** Goal: what only a file of SQLite does: its schema changes without loss, or is refused, and faults of it are named. */

const did = 'did:plc:file';
const { signal } = new AbortController();

interface OpenOptions {
  readonly tables?: readonly RecordTable[];
  readonly busyTimeoutMs?: number;
  readonly onQuery?: (operation: string, seconds: number) => void;
}

function openStore(t: TestContext, path: string, options: OpenOptions = {}): SqliteRecordStore {
  const { tables = sampleTables, busyTimeoutMs = 5_000, onQuery = () => {} } = options;
  const limits = { pendingMax: 10, busyTimeoutMs };
  const store = new SqliteRecordStore({ path, tables, newId: randomUUID, onQuery, ...limits });
  t.after(() => store.close());
  return store;
}

function openOracle(t: TestContext, path: string): SqliteDatabase.Database {
  const oracle = new SqliteDatabase(path);
  t.after(() => oracle.close());
  return oracle;
}

function faultOf(code: ErrorCode, said: RegExp) {
  return (error: unknown) => {
    return error instanceof OperatingError && error.code === code && said.test(error.message);
  };
}

async function filled(t: TestContext): Promise<string> {
  const path = join(tempFolder(t), 'folder', 'records.db');
  const store = openStore(t, path);
  await store.migrate(signal);
  const writer = await ContractWriter.of(store);
  await writer.apply([scene(did, 'home', 1), event(did, 'party', 1)]);
  await store.releaseLease(writer.lease);
  await store.close();
  return path;
}

/** The sample tables with another table of scenes. */
function withScenes(changed: Partial<RecordTable>): readonly RecordTable[] {
  return [{ ...sceneTable, ...changed }, ...sampleTables.slice(1)];
}

test('a new column that may be null is added, with its rules, and rows stay', async (t) => {
  const path = await filled(t);
  const mood = { name: 'mood', type: 'text', nullable: true, values: ['good'] } as const;
  const tables = withScenes({ columns: [...sceneTable.columns, mood] });
  for (const _ of ['first', 'again']) await openStore(t, path, { tables }).migrate(signal);
  const oracle = openOracle(t, path);
  assert.deepEqual(oracle.prepare('SELECT record_rkey, mood FROM scenes').all(), [
    { record_rkey: 'home', mood: null },
  ]);
  assert.throws(() => oracle.exec("UPDATE scenes SET mood = 'bad'"), /scenes_mood_check/);
});

test('a change of the tables that could lose data is refused and changes nothing', async (t) => {
  const path = await filled(t);
  const [name, ...others] = sceneTable.columns;
  assert(name !== undefined);
  const required = { name: 'mood', type: 'text', nullable: false } as const;
  const changes: readonly (readonly [Partial<RecordTable>, RegExp])[] = [
    [{ columns: others }, /column name is there and not wanted/],
    [{ columns: [{ ...name, lengthMax: 5 }, ...others] }, /column name is defined otherwise/],
    [{ columns: [...sceneTable.columns, required] }, /column mood is new and may not be null/],
    [{ place: false }, /places/],
    [{ checks: [{ type: 'any', columns: ['name'] }] }, /checks/],
    [{ collection: 'test.other' }, /another collection/],
  ];
  const schema = () => openOracle(t, path).prepare('SELECT sql FROM sqlite_schema').all();
  const before = schema();
  for (const [changed, said] of changes) {
    const store = openStore(t, path, { tables: withScenes(changed) });
    await assert.rejects(store.migrate(signal), faultOf('SINK_REFUSED', said));
  }
  assert.deepEqual(schema(), before);
});

test('unique rules are replaced, unless rows break the new one', async (t) => {
  const path = await filled(t);
  const rules = (column: string) => [{ columns: [column], ignoreCase: [] }];
  const store = openStore(t, path, { tables: withScenes({ unique: [] }) });
  await store.migrate(signal);
  const writer = await ContractWriter.of(store);
  await writer.apply([scene(did, 'other', 1, { name: 'home 1' })]);
  const broken = openStore(t, path, { tables: withScenes({ unique: rules('name') }) });
  await assert.rejects(broken.migrate(signal), faultOf('SINK_REFUSED', /unique rule/));
  await writer.apply([scene(did, 'other', 2, { name: 'another' })]);
  await broken.migrate(signal);
  const outcome = await writer.apply([scene(did, 'third', 1, { name: 'another' })]);
  assert.equal(outcome.deadLetters, 1);
});

test("a file that is another program's, of a newer Millrace or no database is refused", async (t) => {
  const path = await filled(t);
  openOracle(t, path).pragma('user_version = 99');
  const newer = openStore(t, path).migrate(signal);
  await assert.rejects(newer, faultOf('SINK_REFUSED', /schema version is 99/));
  const foreign = join(tempFolder(t), 'foreign.db');
  openOracle(t, foreign).exec('CREATE TABLE theirs (id)');
  const other = openStore(t, foreign).migrate(signal);
  await assert.rejects(other, faultOf('SINK_REFUSED', /another program/));
  const text = join(tempFolder(t), 'text.db');
  writeFileSync(text, 'no database at all, but long enough to be one'.repeat(100));
  assert.throws(() => openStore(t, text), faultOf('SINK_REFUSED', /not a database/));
});

test('a folder that cannot be made is a fault that names the file', (t) => {
  const file = join(tempFolder(t), 'file');
  writeFileSync(file, '');
  const path = join(file, 'records.db');
  assert.throws(() => openStore(t, path), faultOf('SINK_UNREACHABLE', /records\.db/));
});

test('a write that another process holds up for too long can be tried again', async (t) => {
  const path = await filled(t);
  const store = openStore(t, path, { busyTimeoutMs: 50 });
  const other = openOracle(t, path);
  other.exec('BEGIN IMMEDIATE');
  const held = store.acquireLease('stream', 'writer', 1_000);
  await assert.rejects(held, (error) => {
    return (
      faultOf('SINK_UNREACHABLE', /another process/)(error) && (error as OperatingError).retryable
    );
  });
  // Reading waits for nobody.
  await store.ping(signal);
  assert.equal(await store.readPosition('stream'), null);
  other.exec('ROLLBACK');
  assert.notEqual(await store.acquireLease('stream', 'writer', 1_000), null);
});

test('the index of places holds the cells that the table has rows in, also when others write the table', async (t) => {
  const path = await filled(t);
  const oracle = openOracle(t, path);
  const cells = (lat: number, lng: number) => {
    const around = 'min_lat <= ? AND max_lat >= ? AND min_lng <= ? AND max_lng >= ?';
    const sql = `SELECT count(*) FROM scenes_places WHERE ${around} AND max_lat - min_lat < 0.05 AND max_lng - min_lng < 0.05`;
    return oracle.prepare(sql).pluck().get(lat, lat, lng, lng);
  };
  const all = () => oracle.prepare('SELECT count(*) FROM scenes_places').pluck().get();
  const move = (rkeys: string, lat: number, lng: number) => {
    const point = `'{"lat":${lat},"lng":${lng}}'`;
    oracle.exec(`UPDATE scenes SET display_point = ${point} WHERE record_rkey IN (${rkeys})`);
  };
  const others = ['b', 'c'].map((id) => {
    const columns = oracle.pragma('table_info(scenes)') as { name: string }[];
    const values = columns.map(({ name }) => {
      return ['id', 'record_rkey', 'name'].includes(name) ? `'${id}'` : name;
    });
    return `INSERT INTO scenes (${columns.map(({ name }) => name)}) SELECT ${values} FROM scenes LIMIT 1`;
  });
  move("'home'", 1.5, 2.5);
  oracle.exec(others.join(';'));
  assert.deepEqual([cells(1.5, 2.5), all()], [1, 1]);
  move("'b'", -33.4, 151.2);
  assert.deepEqual([cells(1.5, 2.5), cells(-33.4, 151.2), all()], [1, 1, 2]);
  move("'b'", 1.5001, 2.5001);
  assert.deepEqual([cells(1.5, 2.5), all()], [1, 1]);
  oracle.exec("UPDATE scenes SET display_point = NULL WHERE record_rkey = 'c'");
  oracle.exec("DELETE FROM events; DELETE FROM scenes WHERE record_rkey = 'b'");
  assert.deepEqual([cells(1.5, 2.5), all()], [1, 1]);
  oracle.exec('DELETE FROM scenes');
  assert.equal(all(), 0);
});

test('of two rows of one name that an account comes back with, one is shown, and all its others', async (t) => {
  const path = await filled(t);
  const writer = await ContractWriter.of(openStore(t, path));
  const account = { type: 'account', did, status: null } as const;
  await writer.apply([{ ...account, active: false, time: '2026-01-01T00:00:00Z' }]);
  await writer.apply(['a', 'b'].map((rkey) => scene(did, rkey, 1, { name: 'same' })));
  await writer.apply([{ ...account, active: true, time: '2026-01-01T00:00:01Z' }]);
  const names = 'SELECT name FROM scenes WHERE deleted_at IS NULL ORDER BY name';
  assert.deepEqual(openOracle(t, path).prepare(names).pluck().all(), ['home 1', 'same']);
});

test('a batch with a record that is refused is written before all that was asked for later', async (t) => {
  const writer = await ContractWriter.of(openStore(t, await filled(t)));
  const first = writer.apply([scene(did, 'bad', 1, { size: 1_000 }), scene(did, 'good', 1)]);
  const second = writer.apply([scene(did, 'good', 2)]);
  const counts = ({ inserted, updated, deadLetters }: BatchOutcome) => {
    return { inserted, updated, deadLetters };
  };
  assert.deepEqual(counts(await first), { inserted: 1, updated: 0, deadLetters: 1 });
  assert.deepEqual(counts(await second), { inserted: 0, updated: 1, deadLetters: 0 });
});

test('every piece of work is told of with its time, those that fail too', async (t) => {
  const path = await filled(t);
  const told: [string, number][] = [];
  const onQuery = (operation: string, seconds: number) => told.push([operation, seconds]);
  const store = openStore(t, path, { onQuery });
  const writer = await ContractWriter.of(store);
  await writer.apply([scene(did, 'home', 2)]);
  await store.releaseLease(writer.lease);
  await assert.rejects(writer.apply([]), faultOf('LEASE_LOST', /another process writes it/));
  assert.deepEqual(
    told.map(([operation]) => operation),
    ['lease', 'apply', 'lease', 'apply'],
  );
  assert(told.every(([, seconds]) => seconds >= 0 && seconds < 60));
});
