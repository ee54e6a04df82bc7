import type { UpsertChange } from '../../../model/record-change.ts';
import { refusedLetter } from '../dead-letter.ts';
import type { PruneLimits } from '../record-store.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { saveDeadLetter } from './sqlite-dead-letters.ts';

interface OldPending {
  readonly stream: string;
  readonly change: string;
}

/** The states of what waited too long stay: a dead letter tried again finds its place by them. */
export function pruneSqlite(
  connection: SqliteConnection,
  { keyAgeMs, pendingAgeMs, deadLettersMax }: PruneLimits,
  nowMs: number,
): void {
  connection.run('DELETE FROM ingestion_idempotency WHERE created_at < ?', nowMs - keyAgeMs);
  const before = nowMs - pendingAgeMs;
  const old = connection.all<OldPending>(
    'SELECT stream, change FROM indexer_pending WHERE since < ?',
    before,
  );
  for (const { stream, change: text } of old) {
    const change = JSON.parse(text) as UpsertChange;
    const detail = `a record that it refers to did not come within ${pendingAgeMs} ms`;
    const letter = refusedLetter(stream, { reason: 'reference-missing', detail, change });
    saveDeadLetter(connection, letter, nowMs);
  }
  connection.run('DELETE FROM indexer_pending WHERE since < ?', before);
  connection.run(
    'DELETE FROM indexer_accounts WHERE time < ? AND NOT EXISTS (SELECT 1 FROM indexer_records WHERE indexer_records.did = indexer_accounts.did)',
    before,
  );
  for (const kind of ['rejected', 'refused']) {
    connection.run(
      'DELETE FROM indexer_dead_letters WHERE kind = ? AND id <= (SELECT id FROM indexer_dead_letters WHERE kind = ? ORDER BY id DESC LIMIT 1 OFFSET ?)',
      ...[kind, kind, deadLettersMax],
    );
  }
}
