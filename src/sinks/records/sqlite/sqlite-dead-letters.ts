import type { UpsertChange } from '../../../model/record-change.ts';
import { changeDigest } from '../change-digest.ts';
import type { DeadLetter, DeadLetterQuery } from '../record-store.ts';
import type { DeadLetterRecord } from '../record-transaction.ts';
import type { SqliteConnection, SqliteValue } from './sqlite-connection.ts';

/** A dead letter before it has a number. */
export type NewDeadLetter = Omit<DeadLetter, 'id' | 'firstSeen' | 'lastSeen' | 'seen'>;

interface DeadLetterRow {
  readonly id: number;
  readonly stream: string;
  readonly kind: DeadLetter['kind'];
  readonly reason: string;
  readonly detail: string;
  readonly did: string | null;
  readonly collection: string | null;
  readonly rkey: string | null;
  readonly rev: string | null;
  readonly time_us: number;
  readonly digest: string;
  readonly change: string | null;
  readonly first_seen: number;
  readonly last_seen: number;
  readonly seen: number;
}

export function refusedLetter(
  stream: string,
  { reason, detail, change }: DeadLetterRecord,
): NewDeadLetter {
  const { key, rev, timeUs } = change;
  const digest = changeDigest(change);
  return { stream, kind: 'refused', reason, detail, ...key, rev, timeUs, digest, change };
}

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
  return connection.all<DeadLetterRow>(sql, ...values, limit).map(letterOf);
}

export function findDeadLetter(connection: SqliteConnection, id: number): DeadLetter | null {
  const sql = 'SELECT * FROM indexer_dead_letters WHERE id = ?';
  const row = connection.get<DeadLetterRow>(sql, id);
  return row === undefined ? null : letterOf(row);
}

export function removeDeadLetter(connection: SqliteConnection, id: number): void {
  connection.run('DELETE FROM indexer_dead_letters WHERE id = ?', id);
}

/** The change of a refused one as we wrote it. */
export function changeOfLetter({ kind, change }: DeadLetter): UpsertChange | null {
  return kind === 'refused' ? (change as UpsertChange) : null;
}

function letterOf(row: DeadLetterRow): DeadLetter {
  const { id, stream, kind, reason, detail, did, collection, rkey, rev, digest, seen } = row;
  return {
    ...{ id, stream, kind, reason, detail, did, collection, rkey, rev, digest, seen },
    timeUs: row.time_us,
    change: row.change === null ? null : (JSON.parse(row.change) as unknown),
    firstSeen: new Date(row.first_seen).toISOString(),
    lastSeen: new Date(row.last_seen).toISOString(),
  };
}
