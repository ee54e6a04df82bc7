/**
 * One entry a schema version, applied in order and never changed once released. `ingestion_idempotency` and
 * `indexer_state` have the names that users of the seed know; all tables of records are described in `indexer_tables`.
 * Times that come from the network are milliseconds since 1970, since they may be any. Changes are kept as texts: JSON
 * may hold what neither jsonb nor text does, such as NUL.
 */
export const BOOKKEEPING: readonly string[] = [
  `
  CREATE TABLE indexer_tables (
    name text PRIMARY KEY, collection text NOT NULL UNIQUE, definition json NOT NULL
  );

  CREATE TABLE indexer_records (
    did text COLLATE "C" NOT NULL, collection text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL, id uuid NOT NULL, rev text COLLATE "C" NOT NULL,
    condition text NOT NULL CHECK (condition IN ('live', 'pending', 'deleted')),
    PRIMARY KEY (did, collection, rkey)
  );

  CREATE TABLE indexer_pending (
    did text COLLATE "C" NOT NULL, collection text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL, waits_did text COLLATE "C" NOT NULL,
    waits_collection text COLLATE "C" NOT NULL, waits_rkey text COLLATE "C" NOT NULL,
    stream text NOT NULL, change text NOT NULL, since timestamptz NOT NULL,
    PRIMARY KEY (did, collection, rkey)
  );
  CREATE INDEX indexer_pending_waits ON indexer_pending (waits_did, waits_collection, waits_rkey);
  CREATE INDEX indexer_pending_since ON indexer_pending (since);

  CREATE TABLE indexer_accounts (
    did text COLLATE "C" PRIMARY KEY, active boolean NOT NULL, status text, time bigint NOT NULL
  );

  CREATE TABLE indexer_identities (
    did text COLLATE "C" PRIMARY KEY, handle text, time bigint NOT NULL
  );

  CREATE TABLE indexer_state (
    stream text PRIMARY KEY, time_us bigint NOT NULL, seq bigint, host text NOT NULL,
    last_updated timestamptz NOT NULL
  );

  CREATE TABLE indexer_leases (
    stream text PRIMARY KEY, holder text NOT NULL, token bigint NOT NULL,
    lease interval NOT NULL, expires_at timestamptz NOT NULL
  );

  CREATE TABLE ingestion_idempotency (
    idempotency_key varchar(64) COLLATE "C" PRIMARY KEY, did text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL, rkey text COLLATE "C" NOT NULL, rev text NOT NULL,
    record_id uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX ingestion_idempotency_age ON ingestion_idempotency (created_at);
  CREATE INDEX ingestion_idempotency_record ON ingestion_idempotency (did, collection);

  CREATE TABLE indexer_dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fingerprint varchar(64) COLLATE "C" NOT NULL UNIQUE,
    stream text NOT NULL, kind text NOT NULL CHECK (kind IN ('rejected', 'refused')),
    reason text NOT NULL, detail text NOT NULL,
    did text, collection text, rkey text, rev text, time_us bigint NOT NULL,
    digest text NOT NULL, change text,
    first_seen timestamptz NOT NULL, last_seen timestamptz NOT NULL, seen bigint NOT NULL
  );
  `,
];
