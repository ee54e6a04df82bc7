/**
 * One entry a schema version, applied in order and never changed once released. Times are milliseconds since 1970
 * unless their names say otherwise. `indexer_state` and `ingestion_idempotency` have the names that users of the seed
 * know; all tables of records are described in `indexer_tables`.
 */
export const BOOKKEEPING: readonly string[] = [
  `
  CREATE TABLE indexer_tables (
    name TEXT PRIMARY KEY, collection TEXT NOT NULL UNIQUE, definition TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE indexer_records (
    did TEXT NOT NULL, collection TEXT NOT NULL, rkey TEXT NOT NULL,
    id TEXT NOT NULL, rev TEXT NOT NULL,
    condition TEXT NOT NULL CHECK (condition IN ('live', 'pending', 'deleted')),
    PRIMARY KEY (did, collection, rkey)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE indexer_pending (
    did TEXT NOT NULL, collection TEXT NOT NULL, rkey TEXT NOT NULL,
    waits_did TEXT NOT NULL, waits_collection TEXT NOT NULL, waits_rkey TEXT NOT NULL,
    stream TEXT NOT NULL, change TEXT NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (did, collection, rkey)
  ) STRICT;
  CREATE INDEX indexer_pending_waits ON indexer_pending (waits_did, waits_collection, waits_rkey);
  CREATE INDEX indexer_pending_since ON indexer_pending (since);

  CREATE TABLE indexer_accounts (
    did TEXT PRIMARY KEY, active INTEGER NOT NULL, status TEXT, time INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE indexer_identities (
    did TEXT PRIMARY KEY, handle TEXT, time INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE indexer_state (
    stream TEXT PRIMARY KEY, time_us INTEGER NOT NULL, seq INTEGER, host TEXT NOT NULL,
    last_updated INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE indexer_leases (
    stream TEXT PRIMARY KEY, holder TEXT NOT NULL, token INTEGER NOT NULL,
    lease_ms INTEGER NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE ingestion_idempotency (
    idempotency_key TEXT PRIMARY KEY, did TEXT NOT NULL, collection TEXT NOT NULL,
    rkey TEXT NOT NULL, rev TEXT NOT NULL, record_id TEXT NOT NULL, created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX ingestion_idempotency_age ON ingestion_idempotency (created_at);

  CREATE TABLE indexer_dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('rejected', 'refused')),
    reason TEXT NOT NULL, detail TEXT NOT NULL,
    did TEXT, collection TEXT, rkey TEXT, rev TEXT, time_us INTEGER NOT NULL,
    digest TEXT NOT NULL, change TEXT,
    first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, seen INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX indexer_dead_letters_digest ON indexer_dead_letters (digest);
  `,
];
