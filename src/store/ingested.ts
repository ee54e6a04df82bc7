import type { StoreDatabase } from './store-database.ts';

/** A file the ingest backend wrote, and the body it answered with. */
export interface IngestedFile {
  readonly session: string;
  readonly sha256: string;
  /** Name inside the output folder. */
  readonly file: string;
  readonly bytes: number;
  readonly reply: string;
}

/** What the ingest backend received, so that a repeated delivery gets the same answer. */
export class IngestedArea {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  find(session: string, sha256: string): IngestedFile | undefined {
    const sql = `SELECT session, sha256, file, bytes, reply FROM ingested
      WHERE session = ? AND sha256 = ?`;
    return this.#database.get<IngestedFile>(sql, session, sha256);
  }

  /** Newest first: the first is the session's current file. */
  ofSession(session: string): IngestedFile[] {
    const sql = `SELECT session, sha256, file, bytes, reply FROM ingested
      WHERE session = ? ORDER BY received_at DESC, sha256`;
    return this.#database.all<IngestedFile>(sql, session);
  }

  /** What an idempotency key stood for when it was first used. */
  keyOwner(key: string): { session: string; sha256: string } | undefined {
    return this.#database.get('SELECT session, sha256 FROM ingest_key WHERE key = ?', key);
  }

  add(file: IngestedFile, key: string | null, now: number): void {
    const sql = `INSERT OR IGNORE INTO ingested (session, sha256, file, bytes, reply, received_at)
      VALUES (?, ?, ?, ?, ?, ?)`;
    const values = [file.session, file.sha256, file.file, file.bytes, file.reply, now];
    this.#database.transaction('durable', () => {
      this.#database.run(sql, ...values);
      this.bindKey(key, file.session, file.sha256);
    });
  }

  bindKey(key: string | null, session: string, sha256: string): void {
    if (key === null) return;
    const sql = 'INSERT OR IGNORE INTO ingest_key (key, session, sha256) VALUES (?, ?, ?)';
    this.#database.run(sql, key, session, sha256);
  }
}
