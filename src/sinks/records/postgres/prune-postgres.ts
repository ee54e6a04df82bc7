import type { UpsertChange } from '../../../model/record-change.ts';
import { refusedLetter } from '../dead-letter.ts';
import { letterValues, SAVE_DEAD_LETTERS } from './postgres-dead-letters.ts';
import type { PostgresSession } from './postgres-session.ts';

/** At most so many at a time, so that nothing is held up and no statement runs into its time limit. */
export const PRUNE_PART = 5_000;
const PENDING_PART = 200;

/** Nothing is decided by old keys, so that they go beside all writing. Values: age in milliseconds. */
export const PRUNE_KEYS = `
  WITH gone AS (
    DELETE FROM ingestion_idempotency WHERE idempotency_key IN (
      SELECT idempotency_key FROM ingestion_idempotency
      WHERE created_at < clock_timestamp() - $1::float8 * interval '1 ms' LIMIT ${PRUNE_PART})
    RETURNING 1)
  SELECT count(*)::float8 AS n FROM gone`;

/** Accounts that nothing is stored of. Values: age in milliseconds. */
export const PRUNE_ACCOUNTS = `
  DELETE FROM indexer_accounts AS a
  WHERE a.time < extract(epoch FROM clock_timestamp()) * 1000 - $1::float8
    AND NOT EXISTS (SELECT 1 FROM indexer_records AS r WHERE r.did = a.did)`;

const TAKE_OLD_PENDING = `
  DELETE FROM indexer_pending WHERE (did, collection, rkey) IN (
    SELECT did, collection, rkey FROM indexer_pending
    WHERE since < clock_timestamp() - $1::float8 * interval '1 ms'
    ORDER BY since LIMIT ${PENDING_PART})
  RETURNING stream, change`;

const PRUNE_DEAD_LETTERS = `
  DELETE FROM indexer_dead_letters WHERE kind = $1 AND id <= (
    SELECT id FROM indexer_dead_letters WHERE kind = $1
    ORDER BY id DESC LIMIT 1 OFFSET $2)`;

/**
 * Makes some of what waited too long dead letters. Their states stay: a dead letter tried again finds its place by them.
 * @returns whether there may be more.
 */
export async function pruneSomePending(
  session: PostgresSession,
  pendingAgeMs: number,
): Promise<boolean> {
  type Row = { readonly stream: string; readonly change: string };
  const old = await session.all<Row>(TAKE_OLD_PENDING, [pendingAgeMs]);
  const detail = `a record that it refers to did not come within ${pendingAgeMs} ms`;
  const letters = old.map(({ stream, change: text }) => {
    const change = JSON.parse(text) as UpsertChange;
    return refusedLetter(stream, { reason: 'reference-missing', detail, change });
  });
  if (letters.length > 0) await session.run(SAVE_DEAD_LETTERS, letterValues(letters));
  return old.length === PENDING_PART;
}

export async function pruneDeadLetters(
  session: PostgresSession,
  deadLettersMax: number,
): Promise<void> {
  for (const kind of ['rejected', 'refused']) {
    await session.run(PRUNE_DEAD_LETTERS, [kind, deadLettersMax]);
  }
}
