import assert from 'node:assert/strict';
import test from 'node:test';
import { openPostgresStore } from '../../../support/open-postgres-store.ts';
import { onDatabase } from '../../../support/postgres/data-template.ts';
import { postgresMissing, sharedPostgres } from '../../../support/postgres-server.ts';
import { ContractWriter } from '../../../support/record-contract/contract-database.ts';
import { event } from '../../../support/record-samples.ts';

/** Goal: what is old goes in parts, all of it, and nothing that is younger. */

const DAY_MS = 86_400_000;

test('more old keys and waiting records than go at a time are all pruned, and younger ones stay', {
  skip: postgresMissing,
}, async (t) => {
  const url = await (await sharedPostgres()).databaseUrl({ postgis: true });
  const store = openPostgresStore(t, url);
  await store.migrate(new AbortController().signal);
  const writer = await ContractWriter.of(store);
  await writer.apply([event('did:plc:prune', 'young', 1)]);
  await onDatabase(
    url,
    `INSERT INTO indexer_pending
      SELECT did, collection, 'old' || n, waits_did, waits_collection, waits_rkey, stream,
        replace(change, '"young"', '"old' || n || '"'), now() - interval '2 days'
      FROM indexer_pending, generate_series(1, 450) AS n;
    INSERT INTO ingestion_idempotency
      SELECT 'old' || n, '', '', '', '', gen_random_uuid(), now() - interval '2 days'
      FROM generate_series(1, 11000) AS n;
    INSERT INTO ingestion_idempotency VALUES ('young', '', '', '', '', gen_random_uuid(), now())`,
  );
  await store.prune({ keyAgeMs: DAY_MS, pendingAgeMs: DAY_MS, deadLettersMax: 1000 });
  assert.equal(await store.countPending(), 1);
  const letters = await store.deadLetters({ after: 0, limit: 1000, reason: 'reference-missing' });
  assert.equal(new Set(letters.map(({ rkey }) => rkey)).size, 450);
  const keys = await onDatabase(url, 'SELECT idempotency_key AS key FROM ingestion_idempotency');
  assert.deepEqual(keys.rows, [{ key: 'young' }]);
});
