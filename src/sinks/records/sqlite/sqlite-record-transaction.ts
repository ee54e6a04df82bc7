import assert from 'node:assert/strict';
import { idempotencyKey } from '../../../core/idempotency-key.ts';
import type { StreamLease } from '../../../model/record-batch.ts';
import type {
  AccountChange,
  DeleteChange,
  IdentityChange,
  RecordKey,
  Rejection,
  UpsertChange,
} from '../../../model/record-change.ts';
import type { RecordTable } from '../../../model/record-table.ts';
import type { StreamPosition } from '../../../model/stream-frame.ts';
import { refusedLetter, rejectedLetter } from '../dead-letter.ts';
import { eventTimeMs } from '../event-time.ts';
import type {
  AccountState,
  DeadLetterRecord,
  PendingRecord,
  RecordCondition,
  RecordRow,
  RecordState,
  RecordTransaction,
} from '../record-transaction.ts';
import { quoted } from '../sql-name.ts';
import { rowStatement, rowValues } from './row-statement.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { saveDeadLetter } from './sqlite-dead-letters.ts';
import { prolongLease } from './sqlite-leases.ts';

export const COUNT_PENDING = 'SELECT count(*) AS n FROM indexer_pending';

/** The steps of a batch as prepared statements in loops: in one process with the file, a call costs next to nothing. */
export class SqliteRecordTransaction implements RecordTransaction {
  readonly #connection: SqliteConnection;
  readonly #stream: string;
  readonly #nowMs: number;

  constructor(connection: SqliteConnection, stream: string, nowMs: number) {
    this.#connection = connection;
    this.#stream = stream;
    this.#nowMs = nowMs;
  }

  async guardLease(lease: StreamLease): Promise<void> {
    prolongLease(this.#connection, lease, this.#nowMs);
  }

  async readStates(keys: readonly RecordKey[]): Promise<readonly RecordState[]> {
    return keys.flatMap((key): RecordState[] => {
      const row = this.#connection.get<{ id: string; rev: string; condition: RecordCondition }>(
        'SELECT id, rev, condition FROM indexer_records WHERE did = ? AND collection = ? AND rkey = ?',
        ...[key.did, key.collection, key.rkey],
      );
      return row === undefined ? [] : [{ key, ...row }];
    });
  }

  async readKnownDids(dids: readonly string[]): Promise<readonly string[]> {
    const sql = 'SELECT 1 FROM indexer_records WHERE did = ? LIMIT 1';
    return dids.filter((did) => this.#connection.get(sql, did) !== undefined);
  }

  async readAccounts(dids: readonly string[]): Promise<readonly AccountState[]> {
    return dids.flatMap((did): AccountState[] => {
      const sql = 'SELECT active, time FROM indexer_accounts WHERE did = ?';
      const row = this.#connection.get<{ active: number; time: number }>(sql, did);
      if (row === undefined) return [];
      return [{ did, active: row.active === 1, time: new Date(row.time).toISOString() }];
    });
  }

  async readPending(waitsFor: readonly RecordKey[]): Promise<readonly PendingRecord[]> {
    // Asked once, since nearly always nothing waits.
    if (this.#connection.get('SELECT 1 FROM indexer_pending LIMIT 1') === undefined) return [];
    return waitsFor.flatMap((key) => {
      const rows = this.#connection.all<{ change: string }>(
        'SELECT change FROM indexer_pending WHERE waits_did = ? AND waits_collection = ? AND waits_rkey = ?',
        ...[key.did, key.collection, key.rkey],
      );
      return rows.map(({ change }) => {
        return { change: JSON.parse(change) as UpsertChange, waitsFor: key };
      });
    });
  }

  async countPendingOf(dids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sql = 'SELECT count(*) AS n FROM indexer_pending WHERE did = ?';
    return new Map(dids.map((did) => [did, this.#connection.get<{ n: number }>(sql, did)?.n ?? 0]));
  }

  async countPending(): Promise<number> {
    return this.#connection.get<{ n: number }>(COUNT_PENDING)?.n ?? 0;
  }

  async saveStates(states: readonly RecordState[]): Promise<void> {
    for (const { key, id, rev, condition } of states) {
      this.#connection.run(
        'INSERT INTO indexer_records VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET rev = excluded.rev, condition = excluded.condition',
        ...[key.did, key.collection, key.rkey, id, rev, condition],
      );
    }
  }

  async saveRows(table: RecordTable, rows: readonly RecordRow[]): Promise<void> {
    if (rows.length === 0) return;
    const sql = rowStatement(table);
    const now = this.#now();
    for (const row of rows) this.#connection.run(sql, ...rowValues(table, row, now));
  }

  async hideRows(table: RecordTable, ids: readonly string[]): Promise<void> {
    const sql = `UPDATE ${quoted(table.name)} SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL`;
    for (const id of ids) this.#connection.run(sql, this.#now(), id);
  }

  async savePending(records: readonly PendingRecord[]): Promise<void> {
    for (const { change, waitsFor } of records) {
      const { key } = change;
      this.#connection.run(
        'INSERT OR REPLACE INTO indexer_pending VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[key.did, key.collection, key.rkey],
        ...[waitsFor.did, waitsFor.collection, waitsFor.rkey],
        ...[this.#stream, JSON.stringify(change), this.#nowMs],
      );
    }
  }

  async removePending(keys: readonly RecordKey[]): Promise<void> {
    const sql = 'DELETE FROM indexer_pending WHERE did = ? AND collection = ? AND rkey = ?';
    for (const { did, collection, rkey } of keys) this.#connection.run(sql, did, collection, rkey);
  }

  async saveAccounts(
    tables: readonly RecordTable[],
    accounts: readonly AccountChange[],
  ): Promise<void> {
    for (const { did, active, status, time } of accounts) {
      const changed = this.#connection.run(
        'INSERT INTO indexer_accounts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET active = excluded.active, status = excluded.status, time = excluded.time WHERE excluded.time > time',
        ...[did, active ? 1 : 0, status, eventTimeMs(time)],
      );
      if (changed === 0) continue;
      for (const table of tables) {
        if (active) this.#showAccount(table, did);
        else this.#hideAccount(table, did);
      }
    }
  }

  async saveIdentities(identities: readonly IdentityChange[]): Promise<void> {
    for (const { did, handle, time } of identities) {
      this.#connection.run(
        'INSERT INTO indexer_identities VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET handle = excluded.handle, time = excluded.time WHERE excluded.time > time',
        ...[did, handle, eventTimeMs(time)],
      );
    }
  }

  async saveIdempotencyKeys(
    changes: readonly (UpsertChange | DeleteChange)[],
    ids: readonly string[],
  ): Promise<void> {
    for (const [n, { key, rev }] of changes.entries()) {
      const { did, collection, rkey } = key;
      const id = ids[n];
      assert(id !== undefined, 'each change has the id of its row');
      this.#connection.run(
        'INSERT OR IGNORE INTO ingestion_idempotency VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[idempotencyKey(did, collection, rkey, rev), did, collection, rkey],
        ...[rev, id, this.#nowMs],
      );
    }
  }

  async saveRejections(stream: string, rejections: readonly Rejection[]): Promise<void> {
    for (const rejection of rejections) {
      saveDeadLetter(this.#connection, rejectedLetter(stream, rejection), this.#nowMs);
    }
  }

  async saveDeadLetters(stream: string, letters: readonly DeadLetterRecord[]): Promise<void> {
    for (const letter of letters) {
      saveDeadLetter(this.#connection, refusedLetter(stream, letter), this.#nowMs);
    }
  }

  async savePosition(stream: string, { timeUs, seq, host }: StreamPosition): Promise<void> {
    this.#connection.run(
      `INSERT INTO indexer_state VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        time_us = max(time_us, excluded.time_us),
        seq = CASE WHEN host = excluded.host
          THEN nullif(max(ifnull(seq, -1), ifnull(excluded.seq, -1)), -1) ELSE excluded.seq END,
        host = excluded.host, last_updated = excluded.last_updated`,
      ...[stream, timeUs, seq, host, this.#nowMs],
    );
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    return await this.#connection.savepoint(work);
  }

  #hideAccount(table: RecordTable, did: string): void {
    const sql = `UPDATE ${quoted(table.name)} SET deleted_at = ? WHERE record_did = ? AND deleted_at IS NULL`;
    this.#connection.run(sql, this.#now(), did);
  }

  /** Of rows that a unique rule allows only once, the others stay hidden. */
  #showAccount(table: RecordTable, did: string): void {
    const sql = `
      UPDATE OR IGNORE ${quoted(table.name)} AS t SET deleted_at = NULL
      WHERE record_did = ? AND deleted_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM indexer_records AS r
        WHERE r.did = t.record_did AND r.collection = ? AND r.rkey = t.record_rkey
          AND r.condition = 'live')`;
    this.#connection.run(sql, did, table.collection);
  }

  #now(): string {
    return new Date(this.#nowMs).toISOString();
  }
}
