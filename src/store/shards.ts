import type { ErrorFacts } from '../core/errors.ts';
import { mergeRanges, type SlotRange } from '../core/slot-range.ts';
import { addCounters, NO_COUNTERS } from '../model/shard-counters.ts';
import type { PlannedShard, QuarantinedSlot, ShardCounters } from '../model/worker-task.ts';
import { crashPoint } from '../ops/crash-point.ts';
import type { QuarantineArea } from './quarantine.ts';
import type { StoreDatabase } from './store-database.ts';

export interface Shard extends PlannedShard {
  readonly id: number;
  readonly job: string;
  readonly attempts: number;
}

export interface ShardCommit {
  readonly job: string;
  readonly shard: number;
  readonly counters: ShardCounters;
  readonly quarantined: readonly QuarantinedSlot[];
}

export interface ShardTotals {
  readonly shards: number;
  readonly shardsDone: number;
  readonly counters: ShardCounters;
}

interface ShardRow {
  readonly id: number;
  readonly job: string;
  readonly start_slot: number;
  readonly end_slot: number;
  readonly slots_present: number;
  readonly bytes: number;
  readonly attempts: number;
}

interface DoneShardRow extends ShardRow {
  readonly counters: string;
}

/** Newest shards that are looked at when shards are joined; one batch adds a few. */
const JOINED_AT_ONCE = 32;

/** The parts of a job: pending until all of what they found is kept and one commit marks them done. */
export class ShardArea {
  readonly #database: StoreDatabase;
  readonly #quarantine: QuarantineArea;

  constructor(database: StoreDatabase, quarantine: QuarantineArea) {
    this.#database = database;
    this.#quarantine = quarantine;
  }

  /** Replaces a job's pending shards; what is done stays, and the plan must not cover it again. */
  plan(job: string, shards: readonly PlannedShard[]): void {
    this.#database.transaction('durable', () => {
      this.#database.run('DELETE FROM shard WHERE job = ? AND done = 0', job);
      for (const shard of shards) this.#add(job, shard);
    });
  }

  #add(job: string, shard: PlannedShard): void {
    this.#database.run(
      'INSERT INTO shard (job, start_slot, end_slot, slots_present, bytes) VALUES (?, ?, ?, ?, ?)',
      job,
      shard.range.start,
      shard.range.end,
      shard.slotsPresent,
      shard.bytes,
    );
  }

  /** Ascending by slot. */
  pending(job: string, limit: number): Shard[] {
    const sql = 'SELECT * FROM shard WHERE job = ? AND done = 0 ORDER BY start_slot, id LIMIT ?';
    return this.#database.all<ShardRow>(sql, job, limit).map(mapShard);
  }

  /** Merged and ascending. */
  doneRanges(job: string): SlotRange[] {
    const sql = `SELECT start_slot AS start, end_slot AS end FROM shard
      WHERE job = ? AND done = 1 ORDER BY start_slot`;
    return mergeRanges(this.#database.all<SlotRange>(sql, job));
  }

  /** First slot that was ever planned of a job, done or not; null before. */
  firstSlot(job: string): number | null {
    const sql = 'SELECT min(start_slot) AS first FROM shard WHERE job = ?';
    return this.#database.get<{ first: number | null }>(sql, job)?.first ?? null;
  }

  /** Counts a try that failed, and returns how many failed so far. */
  noteFailure(shard: number, error: ErrorFacts): number {
    const sql =
      'UPDATE shard SET attempts = attempts + 1, error = ? WHERE id = ? RETURNING attempts';
    return (
      this.#database.get<{ attempts: number }>(sql, JSON.stringify(error), shard)?.attempts ?? 0
    );
  }

  /**
   * The checkpoint: marks the shard done, with its counters and the slots it had to leave out.
   * Called after every sink acknowledged what the shard found.
   * @returns false when the shard was already done, and nothing was changed.
   */
  commit(commit: ShardCommit): boolean {
    const done = this.#database.transaction('durable', () => {
      const sql = `UPDATE shard SET done = 1, counters = ?, error = NULL
        WHERE id = ? AND job = ? AND done = 0`;
      const counters = JSON.stringify(commit.counters);
      const { changes } = this.#database.run(sql, counters, commit.shard, commit.job);
      if (changes === 0) return false;
      this.#quarantine.add(commit.job, commit.quarantined);
      crashPoint('shard-before-commit');
      return true;
    });
    crashPoint('shard-after-commit');
    return done;
  }

  /**
   * Plans the shards that left slots in quarantine again, whole, and empties the job's quarantine:
   * reading slots twice is harmless, and a shard's numbers then add up to its range again.
   * @returns how many slots were in quarantine.
   */
  retryQuarantined(job: string): number {
    return this.#database.transaction('durable', () => {
      const sql = `UPDATE shard SET done = 0, attempts = 0, counters = NULL
        WHERE job = ? AND done = 1 AND EXISTS (SELECT 1 FROM quarantine
          WHERE job = shard.job AND slot >= start_slot AND slot < end_slot)`;
      this.#database.run(sql, job);
      return this.#quarantine.clear(job);
    });
  }

  /** Shards that are done, ascending by slot, with what they counted. */
  finished(job: string): { range: SlotRange; counters: ShardCounters }[] {
    const sql = `SELECT start_slot AS start, end_slot AS end, counters FROM shard
      WHERE job = ? AND done = 1 ORDER BY start_slot, id`;
    const rows = this.#database.all<SlotRange & { counters: string }>(sql, job);
    return rows.map(({ start, end, counters }) => ({
      range: { start, end },
      counters: parseCounters(counters),
    }));
  }

  /**
   * Joins the newest done shards of a job that goes on for ever, as far as they touch, have nothing in quarantine and
   * stay within `slotsMax`, so that their number grows by the day and not by the second.
   */
  joinDone(job: string, slotsMax: number): void {
    this.#database.transaction('ordered', () => {
      const sql = `SELECT * FROM shard WHERE job = ? AND done = 1 AND NOT EXISTS (SELECT 1 FROM quarantine
        WHERE job = shard.job AND slot >= start_slot AND slot < end_slot)
        ORDER BY start_slot DESC, id LIMIT ?`;
      const rows = this.#database.all<DoneShardRow>(sql, job, JOINED_AT_ONCE);
      let last: DoneShardRow | undefined;
      for (const row of rows.reverse()) {
        const fits =
          last?.end_slot === row.start_slot && row.end_slot - last.start_slot <= slotsMax;
        last = last !== undefined && fits ? this.#join(last, row) : row;
      }
    });
  }

  #join(first: DoneShardRow, second: DoneShardRow): DoneShardRow {
    const counters = addCounters(parseCounters(first.counters), parseCounters(second.counters));
    const joined = {
      ...first,
      end_slot: second.end_slot,
      slots_present: first.slots_present + second.slots_present,
      bytes: Math.min(first.bytes, second.bytes) < 0 ? -1 : first.bytes + second.bytes,
      counters: JSON.stringify(counters),
    };
    const { end_slot, slots_present, bytes, id } = joined;
    this.#database.run('DELETE FROM shard WHERE id = ?', second.id);
    this.#database.run(
      'UPDATE shard SET end_slot = ?, slots_present = ?, bytes = ?, counters = ? WHERE id = ?',
      ...[end_slot, slots_present, bytes, joined.counters, id],
    );
    return joined;
  }

  totals(job: string): ShardTotals {
    const sql = 'SELECT done, counters FROM shard WHERE job = ?';
    let counters = NO_COUNTERS;
    let shards = 0;
    let shardsDone = 0;
    for (const row of this.#database.iterate<{ done: number; counters: string | null }>(sql, job)) {
      shards++;
      if (row.done === 0 || row.counters === null) continue;
      shardsDone++;
      counters = addCounters(counters, parseCounters(row.counters));
    }
    return { shards, shardsDone, counters };
  }
}

/** A shard that an older version read knows fewer counters. */
function parseCounters(text: string): ShardCounters {
  return { ...NO_COUNTERS, ...(JSON.parse(text) as Partial<ShardCounters>) };
}

function mapShard(row: ShardRow): Shard {
  return {
    id: row.id,
    job: row.job,
    range: { start: row.start_slot, end: row.end_slot },
    slotsPresent: row.slots_present,
    bytes: row.bytes,
    attempts: row.attempts,
  };
}
