import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { type ErrorCode, OperatingError } from '../../src/core/errors.ts';
import type { RecordTable } from '../../src/model/record-table.ts';
import { PostgresRecordStore } from '../../src/sinks/records/postgres/postgres-store.ts';
import { sampleTables } from './record-samples.ts';

/** A store on a database; it is closed when the test has ended. */
export function openPostgresStore(
  t: TestContext,
  databaseUrl: string,
  tables: readonly RecordTable[] = sampleTables,
): PostgresRecordStore {
  const options = { databaseUrl, tables, newId: randomUUID, pendingMax: 100 };
  const store = new PostgresRecordStore(options);
  t.after(() => store.close());
  return store;
}

/** A connection beside the stores, to see and hold what is there. */
export async function openOracle(t: TestContext, databaseUrl: string): Promise<pg.Client> {
  const oracle = new pg.Client(databaseUrl);
  // A test may end the server under it.
  oracle.on('error', () => {});
  await oracle.connect();
  t.after(() => oracle.end().catch(() => {}));
  return oracle;
}

export function faultOf(code: ErrorCode, retryable: boolean, said: RegExp) {
  return (error: unknown) => {
    return (
      error instanceof OperatingError &&
      error.code === code &&
      error.retryable === retryable &&
      said.test(error.message)
    );
  };
}
