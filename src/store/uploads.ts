import type { StoreDatabase } from './store-database.ts';

export type UploadStatus = 'PENDING' | 'COMPLETED';

/** One session account of an expected upload. */
export interface RegisteredSession {
  readonly session_pubkey: string;
  readonly status: UploadStatus;
  readonly sha256: string | null;
  readonly file: string | null;
}

/** A file somebody expects: a `ManagedUpload` row with its `ManagedUploadRegistry` rows. */
export interface ManagedUpload {
  readonly id: string;
  readonly name: string;
  readonly status: UploadStatus;
  readonly created_at: number;
  readonly completed_at: number | null;
  readonly sessions: readonly RegisteredSession[];
}

type UploadRow = Omit<ManagedUpload, 'sessions'>;

export interface NewUpload {
  readonly id: string;
  readonly name: string;
  readonly sessions: readonly string[];
}

/**
 * Uploads that a client registered before or after their sessions were rebuilt. The registry names
 * the sessions of an upload; the upload is completed when all of them are.
 */
export class UploadArea {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  /** Registering the same id again adds sessions and keeps what is completed. */
  register(upload: NewUpload, now: number): ManagedUpload {
    return this.#database.transaction('durable', () => {
      const insert = `INSERT INTO ManagedUpload (id, name, status, created_at) VALUES (?, ?, 'PENDING', ?)
        ON CONFLICT DO UPDATE SET name = excluded.name`;
      this.#database.run(insert, upload.id, upload.name, now);
      for (const session of upload.sessions) {
        const sql = `INSERT OR IGNORE INTO ManagedUploadRegistry (upload_id, session_pubkey, status)
          VALUES (?, ?, 'PENDING')`;
        this.#database.run(sql, upload.id, session);
        const received = this.#database.get<{ sha256: string; file: string }>(
          'SELECT sha256, file FROM ingested WHERE session = ? ORDER BY received_at DESC LIMIT 1',
          session,
        );
        if (received !== undefined) this.complete(session, received, now);
      }
      this.#settle(upload.id, now);
      return this.#sessionsOf(this.#row(upload.id));
    });
  }

  /** Marks a session's registry rows COMPLETED, and their uploads once nothing of them is pending. */
  complete(session: string, received: { sha256: string; file: string }, now: number): number {
    return this.#database.transaction('durable', () => {
      const sql = `UPDATE ManagedUploadRegistry SET status = 'COMPLETED', sha256 = ?, file = ?
        WHERE session_pubkey = ? RETURNING upload_id`;
      const rows = this.#database.all<{ upload_id: string }>(
        sql,
        received.sha256,
        received.file,
        session,
      );
      for (const row of rows) this.#settle(row.upload_id, now);
      return rows.length;
    });
  }

  /** An upload that got another session is pending again. */
  #settle(id: string, now: number): void {
    const pending = `EXISTS (SELECT 1 FROM ManagedUploadRegistry
      WHERE upload_id = ManagedUpload.id AND status = 'PENDING')`;
    const sql = `UPDATE ManagedUpload SET
      status = iif(${pending}, 'PENDING', 'COMPLETED'),
      completed_at = iif(${pending}, NULL, coalesce(completed_at, ?)) WHERE id = ?`;
    this.#database.run(sql, now, id);
  }

  #row(id: string): UploadRow {
    const row = this.#database.get<UploadRow>('SELECT * FROM ManagedUpload WHERE id = ?', id);
    if (row === undefined) throw new RangeError(`upload ${id} does not exist`);
    return row;
  }

  /** In the order of their ids, after `after`. */
  list(after: string | null, limit: number): ManagedUpload[] {
    const sql = 'SELECT * FROM ManagedUpload WHERE id > ? ORDER BY id LIMIT ?';
    const rows = this.#database.all<UploadRow>(sql, after ?? '', limit);
    return rows.map((row) => this.#sessionsOf(row));
  }

  #sessionsOf(row: UploadRow): ManagedUpload {
    const sql = `SELECT session_pubkey, status, sha256, file FROM ManagedUploadRegistry
      WHERE upload_id = ? ORDER BY session_pubkey`;
    return { ...row, sessions: this.#database.all<RegisteredSession>(sql, row.id) };
  }
}
