import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { BatchOutcome, StreamLease } from '../../../src/model/record-batch.ts';
import type { RecordChange, Rejection } from '../../../src/model/record-change.ts';
import type { RecordTable } from '../../../src/model/record-table.ts';
import type { StreamPosition } from '../../../src/model/stream-frame.ts';
import type { RecordStore } from '../../../src/sinks/records/record-store.ts';
import { sampleTables } from '../record-samples.ts';

export type QueryRow = Readonly<Record<string, unknown>>;

/** One new database with its tables made; whoever opens it takes it away when the test has ended. */
export interface ContractDatabase {
  readonly store: RecordStore;
  /** Another store on the same database, as a second process would have. */
  second(): Promise<RecordStore>;
  /** Runs one statement beside all stores, to see and change what is really there. */
  query(sql: string): Promise<readonly QueryRow[]>;
}

export type OpenContractDatabase = (
  t: TestContext,
  tables: readonly RecordTable[],
  pendingMax: number,
) => Promise<ContractDatabase>;

/** What every test of the contract starts with. */
export interface ContractCase {
  /** What the title of a test begins with. */
  readonly name: string;
  readonly open: OpenContractDatabase;
}

export const PENDING_MAX = 1_000;
export const LEASE_MS = 60_000;

interface Delivery {
  readonly position?: StreamPosition | null;
  readonly rejections?: readonly Rejection[];
}

/** Writes batches of one stream under a lease of its own. */
export class ContractWriter {
  readonly lease: StreamLease;
  readonly #store: RecordStore;

  private constructor(store: RecordStore, lease: StreamLease) {
    this.#store = store;
    this.lease = lease;
  }

  static async of(store: RecordStore, holder = 'writer'): Promise<ContractWriter> {
    const lease = await store.acquireLease('stream', holder, LEASE_MS);
    assert(lease !== null, 'somebody holds the lease');
    return new ContractWriter(store, lease);
  }

  apply(changes: readonly RecordChange[], delivery: Delivery = {}): Promise<BatchOutcome> {
    const { position = null, rejections = [] } = delivery;
    return this.#store.apply({ lease: this.lease, changes, rejections, position });
  }
}

export interface OpenedContract extends ContractDatabase {
  readonly writer: ContractWriter;
}

export async function openContract(
  t: TestContext,
  { open }: ContractCase,
  pendingMax = PENDING_MAX,
): Promise<OpenedContract> {
  const database = await open(t, sampleTables, pendingMax);
  return { ...database, writer: await ContractWriter.of(database.store) };
}

/** `rkey` and one more column of the rows that are shown, in the order of `rkey`. */
export async function shownOf(
  { query }: ContractDatabase,
  table: string,
  column = 'record_rev',
): Promise<readonly (readonly [string, string])[]> {
  const sql = `SELECT record_rkey, ${column} AS value FROM ${table} WHERE deleted_at IS NULL ORDER BY record_rkey`;
  return (await query(sql)).map((row) => [String(row['record_rkey']), String(row['value'])]);
}

export async function countOf({ query }: ContractDatabase, from: string): Promise<number> {
  return Number((await query(`SELECT count(*) AS n FROM ${from}`))[0]?.['n']);
}

export const emptyOutcome: BatchOutcome = {
  ...{ inserted: 0, updated: 0, deleted: 0, skipped: 0 },
  ...{ pending: 0, resolved: 0, deadLetters: 0, accounts: 0 },
};
