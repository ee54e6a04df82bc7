import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { ShardCounters } from '../../src/model/worker-task.ts';
import type { CliHome } from './cli-process.ts';

/**
 * Everything a job leaves behind, without what may differ between two right runs: times, paths, how a resumed
 * plan cut its shards. Two homes with the same outcome cannot be told apart by anybody who uses them.
 */
export function jobOutcome(home: CliHome) {
  const store = new Sqlite(join(home.dataDir, 'millrace.db'), { readonly: true });
  const all = (sql: string) => store.prepare(sql).all() as Record<string, unknown>[];
  const outcome = {
    jobs: all('SELECT id, state, error FROM job ORDER BY id'),
    shards: shardsOf(all('SELECT * FROM shard ORDER BY job, start_slot')),
    quarantine: all('SELECT job, slot FROM quarantine'),
    results: all('SELECT session, upload, result, delivered FROM session_result ORDER BY 1, 2').map(
      ({ result, ...row }) => ({ ...row, result: withoutFolder(String(result)) }),
    ),
    sessions: all('SELECT session, undecided FROM iq_session ORDER BY 1'),
    jobSessions: all('SELECT job, session FROM job_session ORDER BY 1, 2'),
    records: all(
      'SELECT slot, tx, signature, outer, inner, type, payload_digest FROM iq_record ORDER BY 1, 2, 4, 5',
    ),
    payloads: all('SELECT count(*) AS n FROM iq_payload'),
    outbox: all('SELECT key, dead FROM outbox'),
    delivered: all('SELECT key, session, upload, sha256 FROM delivered ORDER BY 1'),
    ingested: all('SELECT session, sha256, file, bytes FROM ingested ORDER BY 1, 2'),
    files: filesOf(home.ingestDir),
  };
  store.close();
  return outcome;
}

function shardsOf(rows: readonly Record<string, unknown>[]) {
  const counters = rows.map((row) => JSON.parse(String(row['counters'])) as ShardCounters | null);
  const sum = (count: (one: ShardCounters) => number): number =>
    counters.reduce((total, one) => total + (one === null ? 0 : count(one)), 0);
  return {
    pending: rows.filter((row) => row['done'] === 0).length,
    slots: rows.reduce((n, row) => n + Number(row['end_slot']) - Number(row['start_slot']), 0),
    done: sum(({ slotsDone }) => slotsDone),
    skipped: sum(({ slotsSkipped }) => slotsSkipped),
    transactions: sum(({ transactions }) => transactions),
    votes: sum(({ votes }) => votes),
    entries: sum(({ entries }) => entries),
  };
}

/** Paths begin with the data folder, which every home has its own of; `delivered` has a column that counts. */
function withoutFolder(result: string): Record<string, unknown> {
  const { delivered: _, ...parsed } = JSON.parse(result);
  return { ...parsed, file: parsed.file === null ? null : basename(parsed.file) };
}

/** Name and digest of every file; of the metadata beside a file only the name, since it holds the time. */
function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) =>
      name.endsWith('.json') ? name : `${name} ${hash('sha256', readFileSync(join(folder, name)))}`,
    );
}
