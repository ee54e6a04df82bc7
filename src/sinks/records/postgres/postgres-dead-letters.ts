import { createHash } from 'node:crypto';
import type { NewDeadLetter } from '../dead-letter.ts';
import type { DeadLetterQuery } from '../record-store.ts';
import type { SqlValue } from './postgres-session.ts';
import { columnsOf, storable } from './sql-columns.ts';

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

/** What makes two the same; a digest, since an index takes no key of any length. */
function fingerprintOf(letter: NewDeadLetter): string {
  const { stream, kind, did, collection, rkey, rev, digest } = letter;
  const facts = [stream, kind, did, collection, rkey, rev, digest];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
