import type { SessionResult, SessionState } from '../model/session-result.ts';
import type { StoreDatabase } from './store-database.ts';

export interface SessionListOptions {
  readonly state: SessionState | null;
  /** Continues after this session; null starts at the first. */
  readonly after: string | null;
  readonly limit: number;
}

interface ResultRow {
  readonly result: string;
  readonly delivered: number;
}

const COLUMNS = 'session_result.result, session_result.delivered';

/**
 * The last decision about each upload. One session account can hold several uploads, told apart by
 * `upload`; see `uploadKeyOf`.
 */
export class SessionResultArea {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  save(result: SessionResult, upload: string, now: number): void {
    this.#database.run(
      `INSERT INTO session_result (session, upload, state, delivered, result, updated_at)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET state = excluded.state, delivered = excluded.delivered,
          result = excluded.result, updated_at = excluded.updated_at`,
      result.session,
      upload,
      result.state,
      result.delivered ? 1 : 0,
      JSON.stringify(result),
      now,
    );
  }

  find(session: string): SessionResult[] {
    const sql = `SELECT ${COLUMNS} FROM session_result WHERE session = ? ORDER BY upload`;
    return this.#database.all<ResultRow>(sql, session).map(mapResult);
  }

  ofUpload(session: string, upload: string): SessionResult | undefined {
    const sql = `SELECT ${COLUMNS} FROM session_result WHERE session = ? AND upload = ?`;
    const row = this.#database.get<ResultRow>(sql, session, upload);
    return row === undefined ? undefined : mapResult(row);
  }

  /** In the order of session names; `limit` counts sessions, so that none is cut apart. */
  list(options: SessionListOptions): SessionResult[] {
    const inState = '(? IS NULL OR state = ?)';
    const sql = `SELECT ${COLUMNS} FROM session_result WHERE ${inState} AND session IN
      (SELECT DISTINCT session FROM session_result WHERE session > ? AND ${inState}
        ORDER BY session LIMIT ?) ORDER BY session, upload`;
    const { state, after, limit } = options;
    const values = [state, state, after ?? '', state, state, limit];
    return this.#database.all<ResultRow>(sql, ...values).map(mapResult);
  }

  ofJob(job: string): SessionResult[] {
    const sql = `SELECT ${COLUMNS} FROM job_session JOIN session_result USING (session)
      WHERE job_session.job = ? ORDER BY session_result.session, session_result.upload`;
    return this.#database.all<ResultRow>(sql, job).map(mapResult);
  }

  countByState(): Record<SessionState, number> {
    const counts: Record<SessionState, number> = { complete: 0, incomplete: 0, recovered: 0 };
    const sql = 'SELECT state, count(*) AS n FROM session_result GROUP BY state';
    for (const row of this.#database.all<{ state: SessionState; n: number }>(sql)) {
      counts[row.state] = row.n;
    }
    return counts;
  }

  /** Notes a delivery, unless the upload has become another file since it was queued. */
  markDelivered(
    session: string,
    upload: string,
    sent: { sha256: string; file: string | null },
  ): void {
    this.#database.run(
      `UPDATE session_result SET delivered = 1,
          result = json_set(result, '$.file', coalesce(?, result ->> '$.file'))
        WHERE session = ? AND upload = ? AND result ->> '$.sha256' = ?`,
      sent.file,
      session,
      upload,
      sent.sha256,
    );
  }
}

function mapResult(row: ResultRow): SessionResult {
  return { ...(JSON.parse(row.result) as SessionResult), delivered: row.delivered === 1 };
}
