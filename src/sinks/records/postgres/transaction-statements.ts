/*
 * Statements of a batch. Lists come as one array for each column. Joins are written so that each key is one look into
 * an index, whatever the planner knows of the size of a table that grows while it looks.
 */

const KEYS = 'unnest($1::text[], $2::text[], $3::text[]) AS k (did, collection, rkey)';

export const READ_STATES = `
  SELECT r.did, r.collection, r.rkey, r.id, r.rev, r.condition FROM ${KEYS}
  JOIN indexer_records AS r USING (did, collection, rkey)`;

export const READ_KNOWN_DIDS = `
  SELECT k.did FROM unnest($1::text[]) AS k (did)
  WHERE EXISTS (SELECT 1 FROM indexer_records AS r WHERE r.did = k.did)`;

export const READ_ACCOUNTS =
  'SELECT did, active, time::float8 AS time FROM indexer_accounts WHERE did = ANY ($1::text[])';

export const READ_PENDING = `
  SELECT k.did, k.collection, k.rkey, p.change FROM ${KEYS}
  JOIN indexer_pending AS p
    ON p.waits_did = k.did AND p.waits_collection = k.collection AND p.waits_rkey = k.rkey`;

export const COUNT_PENDING = 'SELECT count(*)::float8 AS n FROM indexer_pending';

export const COUNT_PENDING_OF = `
  SELECT did, count(*)::float8 AS n FROM indexer_pending WHERE did = ANY ($1::text[]) GROUP BY did`;

export const SAVE_STATES = `
  INSERT INTO indexer_records (did, collection, rkey, id, rev, condition)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[])
  ON CONFLICT (did, collection, rkey)
  DO UPDATE SET rev = excluded.rev, condition = excluded.condition`;

export const SAVE_PENDING = `
  INSERT INTO indexer_pending (did, collection, rkey, waits_did, waits_collection, waits_rkey,
    change, stream, since)
  SELECT x.*, $8, clock_timestamp() FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],
    $5::text[], $6::text[], $7::text[]) AS x
  ON CONFLICT (did, collection, rkey) DO UPDATE SET waits_did = excluded.waits_did,
    waits_collection = excluded.waits_collection, waits_rkey = excluded.waits_rkey,
    change = excluded.change, stream = excluded.stream, since = excluded.since`;

export const REMOVE_PENDING = `
  DELETE FROM indexer_pending AS p USING ${KEYS}
  WHERE p.did = k.did AND p.collection = k.collection AND p.rkey = k.rkey`;

export const SAVE_IDENTITIES = `
  INSERT INTO indexer_identities AS i (did, handle, time)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
  ON CONFLICT (did) DO UPDATE SET handle = excluded.handle, time = excluded.time
  WHERE excluded.time > i.time`;

export const SAVE_IDEMPOTENCY_KEYS = `
  INSERT INTO ingestion_idempotency (idempotency_key, did, collection, rkey, rev, record_id)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[])
  ON CONFLICT DO NOTHING`;

/** Sequence numbers of one host only grow; those of another count for themselves. */
export const SAVE_POSITION = `
  INSERT INTO indexer_state AS s (stream, time_us, seq, host, last_updated)
  VALUES ($1, $2, $3, $4, now())
  ON CONFLICT (stream) DO UPDATE SET time_us = greatest(s.time_us, excluded.time_us),
    seq = CASE WHEN s.host = excluded.host THEN greatest(s.seq, excluded.seq) ELSE excluded.seq END,
    host = excluded.host, last_updated = excluded.last_updated`;
