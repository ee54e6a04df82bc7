import assert from 'node:assert/strict';
import type { ErrorFacts } from '../core/errors.ts';
import type { JobSpec, JobState } from '../model/job.ts';
import { jobIdOf } from './job-identity.ts';
import type { StoreDatabase } from './store-database.ts';

/** What the planner found out about the whole range. */
export interface JobPlan {
  readonly slotsPresent: number;
  readonly slotsSkipped: number;
  /** -1 where it is not known. */
  readonly bytes: number;
}

export interface Job {
  readonly id: string;
  readonly spec: JobSpec;
  readonly state: JobState;
  readonly plan: JobPlan | null;
  readonly error: ErrorFacts | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

interface JobRow {
  readonly id: string;
  readonly spec: string;
  readonly state: JobState;
  readonly plan: string | null;
  readonly error: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface OpenJobOptions {
  /** Forgets all that is done of this job and starts over; session records stay. */
  readonly fresh: boolean;
  readonly now: number;
}

export class JobArea {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  /**
   * Finds the job this spec identifies, or makes it. A job that was complete stays complete and a
   * job that ended in any other way runs again; `before` tells which of these happened.
   */
  open(spec: JobSpec, options: OpenJobOptions): { job: Job; before: JobState | 'new' } {
    const id = jobIdOf(spec);
    return this.#database.transaction('durable', () => {
      if (options.fresh) this.#database.run('DELETE FROM job WHERE id = ?', id);
      const known = this.find(id);
      if (known?.state === 'complete') return { job: known, before: 'complete' };
      if (known === undefined) {
        this.#database.run(
          `INSERT INTO job (id, spec, state, created_at, updated_at) VALUES (?, ?, 'running', ?, ?)`,
          id,
          JSON.stringify(spec),
          options.now,
          options.now,
        );
      } else {
        // What does not count for its identity, such as an RPC address, may be another one by now.
        this.#database.run('UPDATE job SET spec = ? WHERE id = ?', JSON.stringify(spec), id);
        this.setState(id, 'running', options.now);
      }
      const job = this.find(id);
      assert(job !== undefined, `job ${id} was just written`);
      return { job, before: known?.state ?? 'new' };
    });
  }

  find(id: string): Job | undefined {
    const row = this.#database.get<JobRow>('SELECT * FROM job WHERE id = ?', id);
    return row === undefined ? undefined : mapJob(row);
  }

  /** Newest first. */
  list(limit: number): Job[] {
    const sql = 'SELECT * FROM job ORDER BY updated_at DESC, id LIMIT ?';
    return this.#database.all<JobRow>(sql, limit).map(mapJob);
  }

  /** Jobs that a supervisor that ended did not finish, oldest first. */
  unfinished(): Job[] {
    const sql = `SELECT * FROM job WHERE state = 'running' ORDER BY created_at, id`;
    return this.#database.all<JobRow>(sql).map(mapJob);
  }

  setPlan(id: string, plan: JobPlan, now: number): void {
    const sql = 'UPDATE job SET plan = ?, updated_at = ? WHERE id = ?';
    this.#database.run(sql, JSON.stringify(plan), now, id);
  }

  setState(id: string, state: JobState, now: number, error: ErrorFacts | null = null): void {
    const facts = error === null ? null : JSON.stringify(error);
    const sql = 'UPDATE job SET state = ?, error = ?, updated_at = ? WHERE id = ?';
    this.#database.transaction('durable', () => this.#database.run(sql, state, facts, now, id));
  }
}

function mapJob(row: JobRow): Job {
  return {
    id: row.id,
    // Jobs that an older version stored do not say it.
    spec: { follow: null, ...JSON.parse(row.spec) } as JobSpec,
    state: row.state,
    plan: row.plan === null ? null : (JSON.parse(row.plan) as JobPlan),
    error: row.error === null ? null : (JSON.parse(row.error) as ErrorFacts),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
