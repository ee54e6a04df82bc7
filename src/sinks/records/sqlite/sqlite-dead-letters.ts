import { type DeadLetterRow, letterOf, type NewDeadLetter } from '../dead-letter.ts';
import type { DeadLetter, DeadLetterQuery } from '../record-store.ts';
import type { SqliteConnection, SqliteValue } from './sqlite-connection.ts';

/** One that is there already is counted and dated. */
export function saveDeadLetter(
  connection: SqliteConnection,
  letter: NewDeadLetter,
  nowMs: number,
): void {
  const { stream, kind, reason, detail, did, collection, rkey, rev, timeUs, digest } = letter;
  const again = connection.run(
    'UPDATE indexer_dead_letters SET seen = seen + 1, last_seen = ?, reason = ?, detail = ? WHERE digest = ? AND stream = ? AND kind = ? AND did IS ? AND collection IS ? AND rkey IS ? AND rev IS ?',
    ...[nowMs, reason, detail, digest, stream, kind, did, collection, rkey, rev],
  );
  if (again > 0) return;
  connection.run(
    'INSERT INTO indexer_dead_letters (stream, kind, reason, detail, did, collection, rkey, rev, time_us, digest, change, first_seen, last_seen, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)',
    ...[stream, kind, reason, detail, did, collection, rkey, rev, timeUs, digest],
    letter.change === null ? null : JSON.stringify(letter.change),
    ...[nowMs, nowMs],
  );
}

export function listDeadLetters(
  connection: SqliteConnection,
  { kind, reason, after, limit }: DeadLetterQuery,
): DeadLetter[] {
  const conditions = ['id > ?'];
  const values: SqliteValue[] = [after];
  if (kind !== undefined) {
    conditions.push('kind = ?');
    values.push(kind);
  }
  if (reason !== undefined) {
    conditions.push('reason = ?');
    values.push(reason);
  }
  const where = conditions.join(' AND ');
  const sql = `SELECT * FROM indexer_dead_letters WHERE ${where} ORDER BY id LIMIT ?`;
  return connection.all<DeadLetterRow<number>>(sql, ...values, limit).map(letterOf);
}

export function findDeadLetter(connection: SqliteConnection, id: number): DeadLetter | null {
  const sql = 'SELECT * FROM indexer_dead_letters WHERE id = ?';
  const row = connection.get<DeadLetterRow<number>>(sql, id);
  return row === undefined ? null : letterOf(row);
}

export function removeDeadLetter(connection: SqliteConnection, id: number): void {
  connection.run('DELETE FROM indexer_dead_letters WHERE id = ?', id);
}
