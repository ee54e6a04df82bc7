import { createHash } from 'node:crypto';
import type { Rejection, UpsertChange } from '../../../model/record-change.ts';
import { changeDigest } from '../change-digest.ts';
import type { DeadLetter, DeadLetterQuery } from '../record-store.ts';
import type { DeadLetterRecord } from '../record-transaction.ts';
import type { SqlValue } from './postgres-session.ts';
import { columnsOf, storable } from './sql-columns.ts';

/** A dead letter before it has a number. */
export type NewDeadLetter = Omit<DeadLetter, 'id' | 'firstSeen' | 'lastSeen' | 'seen'>;

export interface DeadLetterRow {
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
  readonly first_seen: Date;
  readonly last_seen: Date;
  readonly seen: number;
}

/** One that is there already is counted and dated. */
export const SAVE_DEAD_LETTERS = `
  INSERT INTO indexer_dead_letters AS d (fingerprint, stream, kind, reason, detail,
    did, collection, rkey, rev, time_us, digest, change, seen, first_seen, last_seen)
  SELECT x.*, clock_timestamp(), clock_timestamp()
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[], $13::bigint[]) AS x
  ON CONFLICT (fingerprint) DO UPDATE SET seen = d.seen + excluded.seen,
    last_seen = excluded.last_seen, reason = excluded.reason, detail = excluded.detail`;

const FIELDS =
  'id::float8, stream, kind, reason, detail, did, collection, rkey, rev, time_us::float8, digest, change, first_seen, last_seen, seen::float8';

export const FIND_DEAD_LETTER = `SELECT ${FIELDS} FROM indexer_dead_letters WHERE id = $1`;

/** Values: those of `queryValues`. */
export const LIST_DEAD_LETTERS = `
  SELECT ${FIELDS} FROM indexer_dead_letters
  WHERE id > $1 AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR reason = $3)
  ORDER BY id LIMIT $4`;

export function queryValues({ after, kind, reason, limit }: DeadLetterQuery): SqlValue[] {
  return [after, kind ?? null, reason ?? null, limit];
}

export function refusedLetter(
  stream: string,
  { reason, detail, change }: DeadLetterRecord,
): NewDeadLetter {
  const { key, rev, timeUs } = change;
  const digest = changeDigest(change);
  return { stream, kind: 'refused', reason, detail, ...key, rev, timeUs, digest, change };
}

export function rejectedLetter(stream: string, rejection: Rejection): NewDeadLetter {
  const { reason, detail, key, rev, timeUs, digest } = rejection;
  const { did = null, collection = null, rkey = null } = key ?? {};
  const place = { did, collection, rkey, rev, timeUs, digest };
  return { stream, kind: 'rejected', reason, detail, ...place, change: null };
}

/** Values of SAVE_DEAD_LETTERS; those that say the same become one. */
export function letterValues(letters: readonly NewDeadLetter[]): SqlValue[] {
  const counted = new Map<string, { letter: NewDeadLetter; seen: number }>();
  for (const letter of letters) {
    const fingerprint = fingerprintOf(letter);
    const seen = (counted.get(fingerprint)?.seen ?? 0) + 1;
    counted.set(fingerprint, { letter, seen });
  }
  return columnsOf([...counted], ([fingerprint, { letter, seen }]) => {
    const { stream, kind, reason, detail, did, collection, rkey, rev, timeUs, digest } = letter;
    const change = letter.change === null ? null : JSON.stringify(letter.change);
    const texts = [stream, kind, reason, detail, did, collection, rkey, rev].map(storable);
    return [fingerprint, ...texts, timeUs, storable(digest), change, seen];
  });
}

export function letterOf(row: DeadLetterRow): DeadLetter {
  const { id, stream, kind, reason, detail, did, collection, rkey, rev, digest, seen } = row;
  return {
    ...{ id, stream, kind, reason, detail, did, collection, rkey, rev, digest, seen },
    timeUs: row.time_us,
    change: row.change === null ? null : (JSON.parse(row.change) as unknown),
    firstSeen: row.first_seen.toISOString(),
    lastSeen: row.last_seen.toISOString(),
  };
}

/** The change of a refused one as we wrote it. */
export function changeOfLetter({ kind, change }: DeadLetter): UpsertChange | null {
  return kind === 'refused' ? (change as UpsertChange) : null;
}

/** What makes two the same; a digest, since an index takes no key of any length. */
function fingerprintOf(letter: NewDeadLetter): string {
  const { stream, kind, did, collection, rkey, rev, digest } = letter;
  const facts = [stream, kind, did, collection, rkey, rev, digest];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
