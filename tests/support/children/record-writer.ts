import { randomUUID } from 'node:crypto';
import { SqliteRecordStore } from '../../../src/sinks/records/sqlite/sqlite-record-store.ts';
import { ContractWriter } from '../record-contract/contract-database.ts';
import { sampleTables, scene } from '../record-samples.ts';

/**
 * Process for crash tests. argv: file. Writes scenes from where the cursor is, in batches of ten, for ever; a cursor of
 * n says that n scenes are stored. Says each cursor once it is durable.
 */
const [, , path = ''] = process.argv;
const options = { path, tables: sampleTables, newId: randomUUID, pendingMax: 10 };
const store = new SqliteRecordStore({ ...options, busyTimeoutMs: 5_000 });
await store.migrate(new AbortController().signal);
const writer = await ContractWriter.of(store);
let stored = (await store.readPosition('stream'))?.timeUs ?? 0;
for (;;) {
  const batch = Array.from({ length: 10 }, (_, n) => scene('did:plc:crash', `s${stored + n}`, 1));
  stored += batch.length;
  await writer.apply(batch, { position: { timeUs: stored, seq: null, host: 'h' } });
  process.stdout.write(`${stored}\n`);
}
