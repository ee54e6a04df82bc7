import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { idempotencyKey } from '../src/core/idempotency-key.ts';
import type { UpsertChange } from '../src/model/record-change.ts';
import type { ApplyContext } from '../src/sinks/records/plan-changes.ts';
import { rowStatement, rowValues } from '../src/sinks/records/sqlite/row-statement.ts';
import { SqliteRecordStore } from '../src/sinks/records/sqlite/sqlite-record-store.ts';
import { sceneTable } from '../tests/support/record-samples.ts';
import type { RecordsBench } from './records-bench.ts';

const FIND_KEY = 'SELECT record_id FROM ingestion_idempotency WHERE idempotency_key = ?';
const FIND_ROW = 'SELECT id FROM scenes WHERE record_did = ? AND record_rkey = ?';
const SAVE_KEY = 'INSERT INTO ingestion_idempotency VALUES (?, ?, ?, ?, ?, ?, ?)';
const SAVE_CURSOR =
  "INSERT INTO indexer_state VALUES ('seed', ?, NULL, 'bench', 0) ON CONFLICT DO UPDATE SET time_us = excluded.time_us WHERE excluded.time_us > time_us";

export async function openSqliteBench(options: ApplyContext): Promise<RecordsBench> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const path = join(folder, 'records.db');
  const store = new SqliteRecordStore({ ...options, path, busyTimeoutMs: 5_000 });
  const seed = new SqliteDatabase(path);
  seed.pragma('synchronous = FULL');
  return {
    ...{ name: 'SQLite', store },
    storeAsSeed: async (change) => storeAsSeed(seed, change),
    close: async () => {
      seed.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Statements are prepared once and kept by better-sqlite3's user, as everybody does. */
const prepared = new Map<string, SqliteDatabase.Statement<unknown[]>>();

function statement(
  seed: SqliteDatabase.Database,
  sql: string,
): SqliteDatabase.Statement<unknown[]> {
  const known = prepared.get(sql) ?? seed.prepare<unknown[]>(sql);
  prepared.set(sql, known);
  return known;
}

function storeAsSeed(seed: SqliteDatabase.Database, change: UpsertChange): void {
  const { did, collection, rkey } = change.key;
  const key = idempotencyKey(did, collection, rkey, change.rev);
  const now = new Date();
  seed.transaction(() => {
    if (statement(seed, FIND_KEY).get(key) !== undefined) return;
    const known = statement(seed, FIND_ROW).get(did, rkey) as { id: string } | undefined;
    const id = known?.id ?? randomUUIDv7();
    const row = { id, change, references: {}, hidden: false };
    const values = rowValues(sceneTable, row, now.toISOString());
    const { changes } = statement(seed, rowStatement(sceneTable)).run(...values);
    assert.equal(changes, 1);
    statement(seed, SAVE_KEY).run(key, did, collection, rkey, change.rev, id, now.getTime());
  })();
  statement(seed, SAVE_CURSOR).run(change.timeUs);
}
