import type { SlotRange } from '../core/slot-range.ts';
import type { TableRows } from '../model/job.ts';
import type { StatsVariants } from '../model/ledger-stats.ts';
import type { StatsClickhouse } from '../model/stats-task.ts';
import { ClickhouseClient } from './clickhouse-client.ts';

/** A busy slot has some thousand keys, so this is some ten million rows that the server merges at once. */
const SLOTS_PER_QUERY = 10_000;

/**
 * Counts the rows of different keys that the tables of statistics hold about a range. `pubkeys` is left out, since its
 * rows belong to no slot.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED.
 */
export async function countStatsRows(
  clickhouse: StatsClickhouse,
  { range, variants }: { readonly range: SlotRange; readonly variants: StatsVariants },
  signal: AbortSignal,
): Promise<readonly TableRows[]> {
  const client = new ClickhouseClient({ ...clickhouse, random: Math.random });
  try {
    const counted: TableRows[] = [];
    for (const table of tablesOf(variants)) {
      counted.push({ table, rows: await countRows(client, table, range, signal) });
    }
    return counted;
  } finally {
    await client.close();
  }
}

function tablesOf({ inner, loaded }: StatsVariants): string[] {
  return [
    'program_invocations',
    ...(inner ? ['program_invocations_inner'] : []),
    'slot_instructions',
    'pubkey_mentions',
    ...(loaded ? ['pubkey_mentions_loaded'] : []),
    'jetstreamer_slot_status',
  ];
}

async function countRows(
  client: ClickhouseClient,
  table: string,
  range: SlotRange,
  signal: AbortSignal,
): Promise<number> {
  let total = 0;
  for (let start = range.start; start < range.end; start += SLOTS_PER_QUERY) {
    const end = Math.min(start + SLOTS_PER_QUERY, range.end);
    const sql = `SELECT count() AS count FROM ${client.nameOf(table)} FINAL WHERE slot >= ${start} AND slot < ${end}`;
    const [row] = await client.rows<{ readonly count: string }>(sql, signal);
    total += Number(row?.count ?? 0);
  }
  return total;
}
