import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import type { RecordTable } from '../../../../src/model/record-table.ts';
import { SqliteRecordStore } from '../../../../src/sinks/records/sqlite/sqlite-record-store.ts';
import type {
  ContractDatabase,
  QueryRow,
} from '../../../support/record-contract/contract-database.ts';
import { recordStoreContract } from '../../../support/record-store-contract.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

/** Goal: records in SQLite keep the contract that every store keeps. */

async function open(
  t: TestContext,
  tables: readonly RecordTable[],
  pendingMax: number,
): Promise<ContractDatabase> {
  const path = join(tempFolder(t), 'records.db');
  const openStore = async () => {
    const options = { path, tables, newId: randomUUID, pendingMax, busyTimeoutMs: 5_000 };
    const store = new SqliteRecordStore(options);
    t.after(() => store.close());
    await store.migrate(new AbortController().signal);
    return store;
  };
  const store = await openStore();
  const oracle = new SqliteDatabase(path);
  t.after(() => oracle.close());
  const query = async (sql: string) => {
    const statement = oracle.prepare(sql);
    if (statement.reader) return statement.all() as QueryRow[];
    statement.run();
    return [];
  };
  return { store, second: openStore, query };
}

recordStoreContract('SQLite', open);
