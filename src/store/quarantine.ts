import type { ErrorFacts } from '../core/errors.ts';
import type { SlotRange } from '../core/slot-range.ts';
import type { QuarantinedSlot } from '../model/worker-task.ts';
import type { StoreDatabase } from './store-database.ts';

interface QuarantineRow {
  readonly slot: number;
  readonly byte_offset: number;
  readonly error: string;
}

/** Slots that could not be read, with the reason and where their bytes stand. */
export class QuarantineArea {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  add(job: string, slots: readonly QuarantinedSlot[]): void {
    const sql = `INSERT INTO quarantine (job, slot, byte_offset, error) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET byte_offset = excluded.byte_offset, error = excluded.error`;
    for (const { slot, offset, error } of slots) {
      this.#database.run(sql, job, slot, offset, JSON.stringify(error));
    }
  }

  list(job: string, limit: number): QuarantinedSlot[] {
    const sql = 'SELECT * FROM quarantine WHERE job = ? ORDER BY slot LIMIT ?';
    return this.#database.all<QuarantineRow>(sql, job, limit).map((row) => ({
      slot: row.slot,
      offset: row.byte_offset,
      error: JSON.parse(row.error) as ErrorFacts,
    }));
  }

  countIn(job: string, range: SlotRange): number {
    const sql = 'SELECT count(*) AS n FROM quarantine WHERE job = ? AND slot >= ? AND slot < ?';
    return this.#database.get<{ n: number }>(sql, job, range.start, range.end)?.n ?? 0;
  }

  count(job: string): number {
    const sql = 'SELECT count(*) AS n FROM quarantine WHERE job = ?';
    return this.#database.get<{ n: number }>(sql, job)?.n ?? 0;
  }

  /** Takes every slot of a job out of quarantine. @returns how many. */
  clear(job: string): number {
    return this.#database.run('DELETE FROM quarantine WHERE job = ?', job).changes;
  }
}
