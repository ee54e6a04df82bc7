import type { IqRecord } from '../model/iq-record.ts';
import { crashPoint } from '../ops/crash-point.ts';
import {
  CONTENT_COLUMNS,
  contentValues,
  type IqRecordHead,
  mapHead,
  payloadOf,
  type RecordRow,
  sessionKeyOf,
} from './record-row.ts';
import type { StoreDatabase } from './store-database.ts';

export interface SaveRecordsOptions {
  /** The job whose sessions these become, or null. */
  readonly job: string | null;
  /** False when the transaction index is only an order within the slot, as RPC gives it. */
  readonly exactOrder: boolean;
}

const HEAD_COLUMNS =
  'iq_record.*, EXISTS (SELECT 1 FROM iq_payload WHERE record = iq_record.id) AS payload_kept';
const CHAIN_ORDER = 'slot, tx, outer, inner, signature';

const INSERT = `INSERT OR IGNORE INTO iq_record
  (slot, tx, tx_exact, outer, inner, signature, block_time, ${CONTENT_COLUMNS.join(', ')})
  VALUES (?, ?, ?, ?, ?, ?, ?, ${CONTENT_COLUMNS.map(() => '?').join(', ')})`;

/**
 * What IQ programs did, as read from the chain, kept until a session is complete and beyond.
 * A record is known by slot, signature and instruction, which no source numbers differently, so
 * reading it again changes nothing. Sessions that got something new are marked undecided.
 */
export class SessionRecordArea {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  /** Keeps a batch in one commit. @returns how many records were new or read differently than before. */
  save(records: readonly IqRecord[], options: SaveRecordsOptions): number {
    return this.#database.transaction('ordered', () => {
      let fresh = 0;
      for (const record of records) {
        if (this.#saveOne(record, options)) fresh++;
      }
      crashPoint('records-before-commit');
      return fresh;
    });
  }

  #saveOne(record: IqRecord, options: SaveRecordsOptions): boolean {
    const content = contentValues(record);
    const id = this.#insert(record, content, options.exactOrder);
    if (id === null) return this.#saveAgain(record, content, options);
    const payload = payloadOf(record);
    if (payload !== null) this.#keepPayload(id, payload);
    this.#touch(record, options.job, true);
    return true;
  }

  #insert(record: IqRecord, content: ReturnType<typeof contentValues>, exact: boolean) {
    const { slot, transactionIndex, outer, inner } = record.position;
    const place = [slot, transactionIndex, exact ? 1 : 0, outer, inner];
    const values = [...place, record.signature, record.blockTime, ...content];
    const { changes, lastId } = this.#database.run(INSERT, ...values);
    return changes === 0 ? null : lastId;
  }

  /** The record is known. A better order, another reading of its bytes or a lost payload still count. */
  #saveAgain(
    record: IqRecord,
    content: ReturnType<typeof contentValues>,
    options: SaveRecordsOptions,
  ): boolean {
    const { slot, transactionIndex, outer, inner } = record.position;
    const known = this.#database.get<RecordRow>(
      'SELECT * FROM iq_record WHERE slot = ? AND signature = ? AND outer = ? AND inner = ?',
      slot,
      record.signature,
      outer,
      inner,
    );
    if (known === undefined) return false;
    if (CONTENT_COLUMNS.some((column, i) => known[column] !== content[i])) {
      this.#database.run('DELETE FROM iq_record WHERE id = ?', known.id);
      if (known.session !== null) this.#markUndecided(known.session);
      return this.#saveOne(record, options);
    }
    let changed = false;
    if (options.exactOrder && known.tx_exact === 0) {
      const sql = 'UPDATE iq_record SET tx = ?, tx_exact = 1, block_time = ? WHERE id = ?';
      this.#database.run(sql, transactionIndex, record.blockTime, known.id);
      changed = known.tx !== transactionIndex;
    }
    const payload = payloadOf(record);
    if (payload !== null) changed = this.#keepPayload(known.id, payload) || changed;
    this.#touch(record, options.job, changed);
    return false;
  }

  #keepPayload(id: number, payload: Uint8Array): boolean {
    const sql = 'INSERT OR IGNORE INTO iq_payload (record, bytes) VALUES (?, ?)';
    return this.#database.run(sql, id, payload).changes === 1;
  }

  #touch(record: IqRecord, job: string | null, changed: boolean): void {
    const session = sessionKeyOf(record);
    if (session === null) {
      const sql = 'UPDATE iq_session SET undecided = 1 WHERE signer = ? AND linked = 1';
      if (changed) this.#database.run(sql, record.signer);
      return;
    }
    if (changed) {
      this.#database.run(
        `INSERT INTO iq_session (session, signer, linked, undecided) VALUES (?, ?, ?, 1)
          ON CONFLICT DO UPDATE SET undecided = 1, linked = max(linked, excluded.linked)`,
        session,
        record.signer,
        record.type === 'tail' ? 1 : 0,
      );
    }
    if (job !== null) {
      const sql = 'INSERT OR IGNORE INTO job_session (job, session) VALUES (?, ?)';
      this.#database.run(sql, job, session);
    }
  }

  #markUndecided(session: string): void {
    this.#database.run('UPDATE iq_session SET undecided = 1 WHERE session = ?', session);
  }

  /** Sessions that got records since they were last decided, in the order of their names. */
  undecided(limit: number): string[] {
    const sql = 'SELECT session FROM iq_session WHERE undecided = 1 ORDER BY session LIMIT ?';
    return this.#database.all<{ session: string }>(sql, limit).map((row) => row.session);
  }

  /** The same among the sessions of one job. */
  undecidedOf(job: string, limit: number): string[] {
    const sql = `SELECT session FROM iq_session JOIN job_session USING (session)
      WHERE undecided = 1 AND job = ? ORDER BY session LIMIT ?`;
    return this.#database.all<{ session: string }>(sql, job, limit).map((row) => row.session);
  }

  /** `awaitsLinks`: a linked list that is not whole yet is looked at again when its signer adds a link. */
  markDecided(session: string, awaitsLinks: boolean): void {
    const sql = 'UPDATE iq_session SET undecided = 0, linked = ? WHERE session = ?';
    this.#database.run(sql, awaitsLinks ? 1 : 0, session);
  }

  /** Every session a job read something of, in the order of their names. */
  ofJob(job: string): string[] {
    const sql = 'SELECT session FROM job_session WHERE job = ? ORDER BY session';
    return this.#database.all<{ session: string }>(sql, job).map((row) => row.session);
  }

  /** Whether the job read something of the session. */
  isOf(session: string, job: string): boolean {
    const sql = 'SELECT 1 FROM job_session WHERE job = ? AND session = ?';
    return this.#database.get(sql, job, session) !== undefined;
  }

  /** All records of a session in chain order, without payloads. */
  heads(session: string): IqRecordHead[] {
    const sql = `SELECT ${HEAD_COLUMNS} FROM iq_record WHERE session = ? ORDER BY ${CHAIN_ORDER}`;
    return this.#database.all<RecordRow & { payload_kept: number }>(sql, session).map(mapHead);
  }

  /** The links that one transaction added, in chain order. */
  links(signature: string): IqRecordHead[] {
    const sql = `SELECT ${HEAD_COLUMNS} FROM iq_record WHERE signature = ? AND type = 'link'
      ORDER BY ${CHAIN_ORDER}`;
    return this.#database.all<RecordRow & { payload_kept: number }>(sql, signature).map(mapHead);
  }

  /** A payload by the number of its record, or undefined when it was discarded. */
  payload(id: number): Buffer | undefined {
    const sql = 'SELECT bytes FROM iq_payload WHERE record = ?';
    return this.#database.get<{ bytes: Buffer }>(sql, id)?.bytes;
  }

  /**
   * Frees the payloads of a delivered upload, unless its session got something new meanwhile. The
   * records stay, so that reading them again does not look like something new. Links stay whole:
   * another list may share them. @param upload see `uploadKeyOf`.
   */
  discardPayloads(session: string, upload: string): number {
    const sql = `DELETE FROM iq_payload WHERE record IN (
      SELECT id FROM iq_record JOIN iq_session USING (session) WHERE session = ? AND undecided = 0
        AND program || ':' || coalesce(session_id, '') = ?)`;
    return this.#database.run(sql, session, upload).changes;
  }
}
