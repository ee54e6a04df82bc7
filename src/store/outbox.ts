import type { ErrorFacts } from '../core/errors.ts';
import type { IngestFacts } from '../model/ingest-facts.ts';
import { crashPoint } from '../ops/crash-point.ts';
import type { StoreDatabase } from './store-database.ts';

export interface NewDelivery {
  /** Idempotency key; see `deliveryKeyOf`. */
  readonly key: string;
  /** URL it is posted to. */
  readonly target: string;
  readonly upload: string;
  readonly job: string | null;
  readonly facts: IngestFacts;
  readonly payload: Uint8Array;
}

export interface OutboxEntry {
  readonly id: number;
  readonly key: string;
  readonly target: string;
  readonly session: string;
  readonly upload: string;
  readonly job: string | null;
  readonly facts: IngestFacts;
  readonly payloadBytes: number;
  readonly dead: boolean;
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly nextTryAt: number;
  readonly error: ErrorFacts | null;
}

export type EnqueueOutcome = 'queued' | 'already-queued' | 'already-delivered';

export interface DeliveryReceipt {
  readonly sha256: string;
  /** Where the endpoint says it put the file, or null. */
  readonly file: string | null;
  readonly now: number;
}

interface OutboxRow {
  readonly id: number;
  readonly key: string;
  readonly target: string;
  readonly session: string;
  readonly upload: string;
  readonly job: string | null;
  readonly facts: string;
  readonly payload_bytes: number;
  readonly dead: number;
  readonly attempts: number;
  readonly next_try_at: number;
  readonly error: string | null;
}

/**
 * Finished files on their way to the ingest endpoint. An entry is waiting until its time comes,
 * leaves only when the endpoint accepted it, and is set aside as dead when trying again is useless.
 */
export class OutboxArea {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  enqueue(delivery: NewDelivery, now: number): EnqueueOutcome {
    const { key, target, facts, payload } = delivery;
    return this.#database.transaction('durable', () => {
      if (this.wasDelivered(key, target)) return 'already-delivered';
      const sql = `INSERT OR IGNORE INTO outbox
        (key, target, session, upload, job, facts, payload_bytes, next_try_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
      const place = [key, target, facts.session_pubkey, delivery.upload, delivery.job];
      const values = [...place, JSON.stringify(facts), payload.length, now];
      const { changes, lastId } = this.#database.run(sql, ...values);
      if (changes === 0) {
        this.#adopt(delivery);
        return 'already-queued';
      }
      const keep = 'INSERT INTO outbox_payload (entry, bytes) VALUES (?, ?)';
      this.#database.run(keep, lastId, payload);
      crashPoint('outbox-before-commit');
      return 'queued';
    });
  }

  /** The job that asked last is the one that waits for it. */
  #adopt({ key, target, job }: NewDelivery): void {
    if (job === null) return;
    this.#database.run('UPDATE outbox SET job = ? WHERE key = ? AND target = ?', job, key, target);
  }

  wasDelivered(key: string, target: string): boolean {
    const sql = 'SELECT 1 AS found FROM delivered WHERE key = ? AND target = ?';
    return this.#database.get(sql, key, target) !== undefined;
  }

  /** Waiting entries whose time has come, oldest first, without those in `exceptIds`. */
  due(now: number, limit: number, exceptIds: ReadonlySet<number>): OutboxEntry[] {
    const sql = `SELECT * FROM outbox WHERE dead = 0 AND next_try_at <= ?
      ORDER BY next_try_at, id LIMIT ?`;
    const rows = this.#database.all<OutboxRow>(sql, now, limit + exceptIds.size);
    return rows
      .filter((row) => !exceptIds.has(row.id))
      .slice(0, limit)
      .map(mapEntry);
  }

  /** When the next waiting entry is due, in milliseconds since 1970, or undefined when none waits. */
  nextTryAt(exceptIds: ReadonlySet<number>): number | undefined {
    const sql =
      'SELECT id, next_try_at FROM outbox WHERE dead = 0 ORDER BY next_try_at, id LIMIT ?';
    const rows = this.#database.all<{ id: number; next_try_at: number }>(sql, exceptIds.size + 1);
    return rows.find((row) => !exceptIds.has(row.id))?.next_try_at;
  }

  payload(id: number): Buffer | undefined {
    const sql = 'SELECT bytes FROM outbox_payload WHERE entry = ?';
    return this.#database.get<{ bytes: Buffer }>(sql, id)?.bytes;
  }

  /** The endpoint accepted it: the entry leaves, and its key is remembered for good. */
  acknowledge(entry: OutboxEntry, receipt: DeliveryReceipt): void {
    const sql = `INSERT OR IGNORE INTO delivered
      (key, target, session, upload, sha256, file, delivered_at) VALUES (?, ?, ?, ?, ?, ?, ?)`;
    const { key, target, session, upload } = entry;
    const { sha256, file, now } = receipt;
    this.#database.transaction('durable', () => {
      this.#database.run(sql, key, target, session, upload, sha256, file, now);
      this.#database.run('DELETE FROM outbox WHERE id = ?', entry.id);
    });
  }

  postpone(id: number, nextTryAt: number, error: ErrorFacts): void {
    const sql =
      'UPDATE outbox SET attempts = attempts + 1, next_try_at = ?, error = ? WHERE id = ?';
    this.#database.run(sql, nextTryAt, JSON.stringify(error), id);
  }

  bury(id: number, error: ErrorFacts): void {
    const sql = 'UPDATE outbox SET attempts = attempts + 1, dead = 1, error = ? WHERE id = ?';
    this.#database.run(sql, JSON.stringify(error), id);
  }

  /** Gives dead entries, of one job or of all, a new set of tries. @returns how many. */
  revive(job: string | null, now: number): number {
    const sql = `UPDATE outbox SET dead = 0, attempts = 0, next_try_at = ?
      WHERE dead = 1 AND (? IS NULL OR job = ?)`;
    return this.#database.run(sql, now, job, job).changes;
  }

  /** Entries of one job, or of all, that have not been accepted, oldest first. */
  list(job: string | null, limit: number): OutboxEntry[] {
    const sql = 'SELECT * FROM outbox WHERE (? IS NULL OR job = ?) ORDER BY id LIMIT ?';
    return this.#database.all<OutboxRow>(sql, job, job, limit).map(mapEntry);
  }

  /** Of one job, or of all; to one target, or to all: an address that was given up may still have some waiting. */
  counts(job: string | null, target: string | null = null): { waiting: number; dead: number } {
    const sql = `SELECT count(*) - coalesce(sum(dead), 0) AS waiting, coalesce(sum(dead), 0) AS dead
      FROM outbox WHERE (? IS NULL OR job = ?) AND (? IS NULL OR target = ?)`;
    const counts = this.#database.get<{ waiting: number; dead: number }>(
      sql,
      ...[job, job, target, target],
    );
    return counts ?? { waiting: 0, dead: 0 };
  }
}

function mapEntry(row: OutboxRow): OutboxEntry {
  return {
    id: row.id,
    key: row.key,
    target: row.target,
    session: row.session,
    upload: row.upload,
    job: row.job,
    facts: JSON.parse(row.facts) as IngestFacts,
    payloadBytes: row.payload_bytes,
    dead: row.dead === 1,
    attempts: row.attempts,
    nextTryAt: row.next_try_at,
    error: row.error === null ? null : (JSON.parse(row.error) as ErrorFacts),
  };
}
