import { createHash } from 'node:crypto';
import type { SlotRange } from '../../src/core/slot-range.ts';
import type { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';

const INVOCATIONS =
  'slot, base58Encode(program_id), is_vote, count, error_count, min_cus, max_cus, total_cus';
const MENTIONS = 'slot, base58Encode(pubkey), num_mentions';

/** Columns that are compared, keys as base58; every table of statistics and what is noted about its slots. */
const COLUMNS = {
  program_invocations: INVOCATIONS,
  program_invocations_inner: INVOCATIONS,
  slot_instructions:
    'slot, vote_instruction_count, non_vote_instruction_count, vote_transaction_count, non_vote_transaction_count',
  pubkey_mentions: MENTIONS,
  pubkey_mentions_loaded: MENTIONS,
  pubkeys: 'base58Encode(pubkey), toString(id)',
  jetstreamer_slot_status:
    'toUInt32(slot), transaction_count, vote_transaction_count, non_vote_transaction_count, toUnixTimestamp(block_time)',
  jetstreamer_plugin_slots: 'plugin_id, toUInt32(slot)',
} as const;

export type StatsTable = keyof typeof COLUMNS;
export type StatsRow = readonly (string | number)[];
export const statsTables = Object.keys(COLUMNS) as readonly StatsTable[];

/** Rows as they stand after replacing, in order. */
export async function readStatsTable(
  client: ClickhouseClient,
  table: StatsTable,
  range?: SlotRange,
): Promise<readonly StatsRow[]> {
  const where = range === undefined ? '' : `WHERE slot >= ${range.start} AND slot < ${range.end}`;
  const sql = `SELECT [${COLUMNS[table]
    .split(', ')
    .map((column) => `toString(${column})`)
    .join(', ')}] AS row FROM ${client.nameOf(table)} FINAL ${where}`;
  const rows = await client.rows<{ readonly row: readonly string[] }>(
    sql,
    new AbortController().signal,
  );
  return rows.map(({ row }) => row.map(asValue)).sort(compareRows);
}

/** Everything that a range of statistics left in a database; the same after the same work. */
export async function readAllStats(
  client: ClickhouseClient,
): Promise<Readonly<Record<string, readonly StatsRow[]>>> {
  const tables: Record<string, readonly StatsRow[]> = {};
  for (const table of statsTables) tables[table] = await readStatsTable(client, table);
  return tables;
}

/**
 * The hash that golden files give for a table: rows sorted value by value (numbers as numbers, keys as base58 text),
 * columns joined by tabs, every row ended by a line feed, SHA-256 in hex.
 */
export function sortedTsvHash(rows: readonly StatsRow[]): string {
  const text = [...rows].sort(compareRows).map((row) => `${row.join('\t')}\n`);
  return createHash('sha256').update(text.join('')).digest('hex');
}

/** No key in base58 is all digits and as short as a number. */
function asValue(text: string): string | number {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

export function compareRows(a: StatsRow, b: StatsRow): number {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
