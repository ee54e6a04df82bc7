import type { StoreDatabase } from './store-database.ts';

/** Which hints about missing chunks were already written to the hints file. */
export class HintArea {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  /** True the first time this session is seen with exactly this preview of missing chunks. */
  remember(session: string, preview: string): boolean {
    const sql = 'INSERT OR IGNORE INTO session_hint (session, preview) VALUES (?, ?)';
    return this.#database.run(sql, session, preview).changes === 1;
  }

  /** Forgets a session's hints, once it is complete. */
  forget(session: string): void {
    this.#database.run('DELETE FROM session_hint WHERE session = ?', session);
  }
}
