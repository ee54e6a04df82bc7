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
import { type NewDeadLetter, refusedLetter, rejectedLetter } from '../dead-letter.ts';
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
import { saveAccountsSql } from './account-statement.ts';
import { letterValues, SAVE_DEAD_LETTERS } from './postgres-dead-letters.ts';
import { leaseLost, PROLONG_LEASE } from './postgres-leases.ts';
import type { PostgresSession } from './postgres-session.ts';
import { rowStatement, rowsJson } from './row-statement.ts';
import { columnsOf, keyColumns, storable } from './sql-columns.ts';
import {
  COUNT_PENDING,
  COUNT_PENDING_OF,
  READ_ACCOUNTS,
  READ_KNOWN_DIDS,
  READ_PENDING,
  READ_STATES,
  REMOVE_PENDING,
  SAVE_IDEMPOTENCY_KEYS,
  SAVE_IDENTITIES,
  SAVE_PENDING,
  SAVE_POSITION,
  SAVE_STATES,
} from './transaction-statements.ts';

interface StateRow extends RecordKey {
  readonly id: string;
  readonly rev: string;
  readonly condition: RecordCondition;
}

interface PendingRow extends RecordKey {
  readonly change: string;
}

/** The steps of a batch, one statement each: what counts is how often the server is asked, not for how much. */
export class PostgresTransaction implements RecordTransaction {
  readonly #session: PostgresSession;
  readonly #stream: string;

  constructor(session: PostgresSession, stream: string) {
    this.#session = session;
    this.#stream = stream;
  }

  async guardLease(lease: StreamLease): Promise<void> {
    const values = [lease.stream, lease.holder, lease.token];
    if ((await this.#session.run(PROLONG_LEASE, values)) === 0) throw leaseLost(lease);
  }

  async readStates(keys: readonly RecordKey[]): Promise<readonly RecordState[]> {
    if (keys.length === 0) return [];
    const rows = await this.#session.all<StateRow>(READ_STATES, keyColumns(keys));
    return rows.map(({ did, collection, rkey, id, rev, condition }) => {
      return { key: { did, collection, rkey }, id, rev, condition };
    });
  }

  async readKnownDids(dids: readonly string[]): Promise<readonly string[]> {
    if (dids.length === 0) return [];
    const rows = await this.#session.all<{ did: string }>(READ_KNOWN_DIDS, [dids]);
    return rows.map(({ did }) => did);
  }

  async readAccounts(dids: readonly string[]): Promise<readonly AccountState[]> {
    if (dids.length === 0) return [];
    type Row = { readonly did: string; readonly active: boolean; readonly time: number };
    const rows = await this.#session.all<Row>(READ_ACCOUNTS, [dids]);
    return rows.map(({ did, active, time }) => {
      return { did, active, time: new Date(time).toISOString() };
    });
  }

  async readPending(waitsFor: readonly RecordKey[]): Promise<readonly PendingRecord[]> {
    if (waitsFor.length === 0) return [];
    const rows = await this.#session.all<PendingRow>(READ_PENDING, keyColumns(waitsFor));
    return rows.map(({ did, collection, rkey, change }) => {
      return { change: JSON.parse(change) as UpsertChange, waitsFor: { did, collection, rkey } };
    });
  }

  async countPendingOf(dids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    type Row = { readonly did: string; readonly n: number };
    const rows = await this.#session.all<Row>(COUNT_PENDING_OF, [dids]);
    return new Map(rows.map(({ did, n }) => [did, n]));
  }

  async countPending(): Promise<number> {
    return (await this.#session.all<{ n: number }>(COUNT_PENDING))[0]?.n ?? 0;
  }

  async saveStates(states: readonly RecordState[]): Promise<void> {
    if (states.length === 0) return;
    const values = columnsOf(states, ({ key, id, rev, condition }) => {
      return [key.did, key.collection, key.rkey, id, rev, condition];
    });
    await this.#session.run(SAVE_STATES, values);
  }

  async saveRows(table: RecordTable, rows: readonly RecordRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#session.run(rowStatement(table), [rowsJson(table, rows)]);
  }

  async hideRows(table: RecordTable, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const sql = `UPDATE ${quoted(table.name)} SET deleted_at = now() WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL`;
    await this.#session.run(sql, [ids]);
  }

  async savePending(records: readonly PendingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const values = columnsOf(records, ({ change, waitsFor }) => {
      const { did, collection, rkey } = change.key;
      const waits = [waitsFor.did, waitsFor.collection, waitsFor.rkey];
      return [did, collection, rkey, ...waits, JSON.stringify(change)];
    });
    await this.#session.run(SAVE_PENDING, [...values, this.#stream]);
  }

  async removePending(keys: readonly RecordKey[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#session.run(REMOVE_PENDING, keyColumns(keys));
  }

  async saveAccounts(
    tables: readonly RecordTable[],
    accounts: readonly AccountChange[],
  ): Promise<void> {
    if (accounts.length === 0) return;
    const values = columnsOf(accounts, ({ did, active, status, time }) => {
      return [did, active, storable(status), eventTimeMs(time)];
    });
    await this.#session.run(saveAccountsSql(tables), values);
  }

  async saveIdentities(identities: readonly IdentityChange[]): Promise<void> {
    if (identities.length === 0) return;
    const values = columnsOf(identities, ({ did, handle, time }) => {
      return [did, storable(handle), eventTimeMs(time)];
    });
    await this.#session.run(SAVE_IDENTITIES, values);
  }

  async saveIdempotencyKeys(
    changes: readonly (UpsertChange | DeleteChange)[],
    ids: readonly string[],
  ): Promise<void> {
    assert.equal(ids.length, changes.length, 'each change has the id of its row');
    if (changes.length === 0) return;
    const values = columnsOf(changes, ({ key: { did, collection, rkey }, rev }) => {
      return [idempotencyKey(did, collection, rkey, rev), did, collection, rkey, rev];
    });
    await this.#session.run(SAVE_IDEMPOTENCY_KEYS, [...values, ids]);
  }

  async saveRejections(stream: string, rejections: readonly Rejection[]): Promise<void> {
    await this.#saveLetters(rejections.map((rejection) => rejectedLetter(stream, rejection)));
  }

  async saveDeadLetters(stream: string, letters: readonly DeadLetterRecord[]): Promise<void> {
    await this.#saveLetters(letters.map((letter) => refusedLetter(stream, letter)));
  }

  async savePosition(stream: string, { timeUs, seq, host }: StreamPosition): Promise<void> {
    await this.#session.run(SAVE_POSITION, [stream, timeUs, seq, host]);
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    return await this.#session.savepoint(work);
  }

  async #saveLetters(letters: readonly NewDeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await this.#session.run(SAVE_DEAD_LETTERS, letterValues(letters));
  }
}
