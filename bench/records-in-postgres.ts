import { randomUUIDv7 } from 'node:crypto';
import pg from 'pg';
import { idempotencyKey } from '../src/core/idempotency-key.ts';
import type { UpsertChange } from '../src/model/record-change.ts';
import type { ApplyContext } from '../src/sinks/records/plan-changes.ts';
import { PostgresRecordStore } from '../src/sinks/records/postgres/postgres-store.ts';
import { rowStatement, rowsJson } from '../src/sinks/records/postgres/row-statement.ts';
import { openPostgres, postgresMissing } from '../tests/support/postgres-server.ts';
import { sceneTable } from '../tests/support/record-samples.ts';
import type { RecordsBench } from './records-bench.ts';

const FIND_KEY = 'SELECT record_id FROM ingestion_idempotency WHERE idempotency_key = $1';
const FIND_ROW = 'SELECT id FROM scenes WHERE record_did = $1 AND record_rkey = $2';
const SAVE_ROW = rowStatement(sceneTable);
const SAVE_KEY =
  'INSERT INTO ingestion_idempotency (idempotency_key, did, collection, rkey, rev, record_id) VALUES ($1, $2, $3, $4, $5, $6)';
const SAVE_CURSOR =
  "INSERT INTO indexer_state AS s VALUES ('seed', $1, NULL, 'bench', now()) ON CONFLICT (stream) DO UPDATE SET time_us = excluded.time_us WHERE excluded.time_us > s.time_us";

/** On the server of DATABASE_URL, else on one that is started for it; null where there is none. */
export async function openPostgresBench(options: ApplyContext): Promise<RecordsBench | null> {
  if (postgresMissing !== false) {
    console.log(`PostgreSQL is left out: ${postgresMissing}`);
    return null;
  }
  const cleanups: (() => unknown)[] = [];
  const server = await openPostgres({
    after: (cleanup) => void cleanups.push(cleanup as () => unknown),
  });
  const databaseUrl = await server.databaseUrl({ postgis: true });
  const store = new PostgresRecordStore({ ...options, databaseUrl });
  const seed = new pg.Client(databaseUrl);
  await seed.connect();
  const { rows } = await seed.query(
    "SELECT current_setting('synchronous_commit') || ', fsync ' || current_setting('fsync') AS text, version() AS version",
  );
  console.log(`${rows[0].version}; synchronous_commit ${rows[0].text}`);
  return {
    ...{ name: 'PostgreSQL', store },
    storeAsSeed: (change) => storeAsSeed(seed, change),
    close: async () => {
      await seed.end();
      await store.close();
      for (const cleanup of cleanups) await cleanup();
    },
  };
}

/** Statements are prepared once by their names. */
async function storeAsSeed(seed: pg.Client, change: UpsertChange): Promise<void> {
  const { did, collection, rkey } = change.key;
  const key = idempotencyKey(did, collection, rkey, change.rev);
  const ask = (name: string, text: string, values: unknown[]) => seed.query({ name, text, values });
  await seed.query('BEGIN');
  const known = await ask('key', FIND_KEY, [key]);
  if (known.rowCount === 0) {
    const found = await ask('row', FIND_ROW, [did, rkey]);
    const id: string = found.rows[0]?.id ?? randomUUIDv7();
    const row = { id, change, references: {}, hidden: false };
    await ask('save', SAVE_ROW, [rowsJson(sceneTable, [row])]);
    await ask('keep', SAVE_KEY, [key, did, collection, rkey, change.rev, id]);
  }
  await seed.query('COMMIT');
  await ask('cursor', SAVE_CURSOR, [change.timeUs]);
}
