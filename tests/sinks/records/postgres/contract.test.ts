import { randomUUID } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import pg from 'pg';
import type { RecordTable } from '../../../../src/model/record-table.ts';
import { PostgresRecordStore } from '../../../../src/sinks/records/postgres/postgres-store.ts';
import { postgresMissing, sharedPostgres } from '../../../support/postgres-server.ts';
import type { ContractDatabase } from '../../../support/record-contract/contract-database.ts';
import { recordStoreContract } from '../../../support/record-store-contract.ts';

/** Goal: records in PostgreSQL keep the contract that every store keeps. */

async function open(
  t: TestContext,
  tables: readonly RecordTable[],
  pendingMax: number,
): Promise<ContractDatabase> {
  const databaseUrl = await (await sharedPostgres()).databaseUrl({ postgis: true });
  const openStore = async () => {
    const store = new PostgresRecordStore({ databaseUrl, tables, newId: randomUUID, pendingMax });
    t.after(() => store.close());
    await store.migrate(new AbortController().signal);
    return store;
  };
  const store = await openStore();
  const oracle = new pg.Client(databaseUrl);
  await oracle.connect();
  t.after(() => oracle.end());
  const query = async (sql: string) => (await oracle.query(sql)).rows;
  return { store, second: openStore, query };
}

if (postgresMissing === false) recordStoreContract('PostgreSQL', open);
else test('PostgreSQL: the contract of all stores', { skip: postgresMissing }, () => {});
