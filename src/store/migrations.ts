import type SqliteDatabase from 'better-sqlite3';
import { OperatingError } from '../core/errors.ts';

/** `Mill` in ASCII, written to the file header so that a foreign database is noticed. */
const APPLICATION_ID = 0x4d_69_6c_6c;

/**
 * One entry a schema version, applied in order and never changed once released.
 * Slots are half-open ranges; times are milliseconds since 1970; digests are lower-case hex.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE job (
    id TEXT PRIMARY KEY, spec TEXT NOT NULL, state TEXT NOT NULL, plan TEXT, error TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE shard (
    id INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES job ON DELETE CASCADE,
    start_slot INTEGER NOT NULL, end_slot INTEGER NOT NULL,
    slots_present INTEGER NOT NULL, bytes INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, counters TEXT, error TEXT
  ) STRICT;
  CREATE INDEX shard_of_job ON shard (job, done, start_slot);

  CREATE TABLE quarantine (
    job TEXT NOT NULL REFERENCES job ON DELETE CASCADE, slot INTEGER NOT NULL,
    byte_offset INTEGER NOT NULL, error TEXT NOT NULL,
    PRIMARY KEY (job, slot)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE iq_record (
    id INTEGER PRIMARY KEY,
    slot INTEGER NOT NULL, tx INTEGER NOT NULL, tx_exact INTEGER NOT NULL,
    outer INTEGER NOT NULL, inner INTEGER NOT NULL, signature TEXT NOT NULL,
    type TEXT NOT NULL, program TEXT NOT NULL, generation TEXT NOT NULL, signer TEXT NOT NULL,
    failed INTEGER NOT NULL, block_time INTEGER NOT NULL,
    session TEXT, session_id TEXT, chunk_index INTEGER, method INTEGER, total_chunks INTEGER,
    payload_bytes INTEGER, payload_digest TEXT, detail TEXT,
    UNIQUE (slot, signature, outer, inner)
  ) STRICT;
  CREATE INDEX iq_record_of_session ON iq_record (session, slot, tx, outer, inner)
    WHERE session IS NOT NULL;
  CREATE INDEX iq_link_by_signature ON iq_record (signature) WHERE type = 'link';

  CREATE TABLE iq_payload (
    record INTEGER PRIMARY KEY REFERENCES iq_record ON DELETE CASCADE, bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE iq_session (
    session TEXT PRIMARY KEY, signer TEXT NOT NULL, linked INTEGER NOT NULL, undecided INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX iq_session_undecided ON iq_session (undecided) WHERE undecided = 1;
  CREATE INDEX iq_session_linked ON iq_session (signer) WHERE linked = 1;

  CREATE TABLE job_session (
    job TEXT NOT NULL REFERENCES job ON DELETE CASCADE, session TEXT NOT NULL,
    PRIMARY KEY (job, session)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE session_result (
    session TEXT NOT NULL, upload TEXT NOT NULL, state TEXT NOT NULL, delivered INTEGER NOT NULL,
    result TEXT NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (session, upload)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE session_hint (
    session TEXT NOT NULL, preview TEXT NOT NULL, PRIMARY KEY (session, preview)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, target TEXT NOT NULL,
    session TEXT NOT NULL, upload TEXT NOT NULL, job TEXT, facts TEXT NOT NULL,
    payload_bytes INTEGER NOT NULL, dead INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, next_try_at INTEGER NOT NULL, error TEXT,
    UNIQUE (key, target)
  ) STRICT;
  CREATE INDEX outbox_due ON outbox (dead, next_try_at, id);

  CREATE TABLE outbox_payload (
    entry INTEGER PRIMARY KEY REFERENCES outbox ON DELETE CASCADE, bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE delivered (
    key TEXT NOT NULL, target TEXT NOT NULL, session TEXT NOT NULL, upload TEXT NOT NULL,
    sha256 TEXT NOT NULL, file TEXT, delivered_at INTEGER NOT NULL,
    PRIMARY KEY (key, target)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX delivered_session ON delivered (session);

  CREATE TABLE ManagedUpload (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL,
    created_at INTEGER NOT NULL, completed_at INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE ManagedUploadRegistry (
    upload_id TEXT NOT NULL REFERENCES ManagedUpload ON DELETE CASCADE,
    session_pubkey TEXT NOT NULL, status TEXT NOT NULL, sha256 TEXT, file TEXT,
    PRIMARY KEY (upload_id, session_pubkey)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ManagedUploadRegistry_session ON ManagedUploadRegistry (session_pubkey);

  CREATE TABLE ingested (
    session TEXT NOT NULL, sha256 TEXT NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL,
    reply TEXT NOT NULL, received_at INTEGER NOT NULL,
    PRIMARY KEY (session, sha256)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE ingest_key (key TEXT PRIMARY KEY, session TEXT NOT NULL, sha256 TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
  `,
];

/**
 * Brings a store to the newest schema, each step in one transaction.
 * @throws {OperatingError} DATA_FOLDER when the file belongs to something else or to a newer Millrace.
 */
export function migrate(connection: SqliteDatabase.Database, path: string): void {
  const version = Number(connection.pragma('user_version', { simple: true }));
  const owner = Number(connection.pragma('application_id', { simple: true }));
  const tables = connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (owner !== APPLICATION_ID && (owner !== 0 || version !== 0 || tables !== 0)) {
    throw refused(path, 'it is the database of another program');
  }
  if (version > MIGRATIONS.length) {
    const text = `its schema version is ${version} and this Millrace knows up to ${MIGRATIONS.length}; update Millrace`;
    throw refused(path, text);
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    connection
      .transaction(() => {
        connection.exec(MIGRATIONS[next] ?? '');
        connection.pragma(`application_id = ${APPLICATION_ID}`);
        connection.pragma(`user_version = ${next + 1}`);
      })
      .immediate();
  }
}

function refused(path: string, reason: string): OperatingError {
  const message = `opening the store ${path}: ${reason}, or choose another data folder`;
  return new OperatingError('DATA_FOLDER', message, { retryable: false, fields: { path } });
}
