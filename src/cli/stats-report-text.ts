import Table from 'cli-table3';
import type { StatsJobReport } from '../model/job.ts';
import { auditLines, readTable } from './read-text.ts';
import { countText } from './units.ts';

/** What a finished stats job shows a person. */
export function statsReportText(report: StatsJobReport): string {
  const parts = [rowsTable(report), readTable(report), auditLines(report), queriesText(report)];
  if (report.alreadyComplete) {
    parts.unshift('this job is already complete; nothing was read or written again');
  }
  return parts.join('\n\n');
}

function rowsTable({ database, tables }: StatsJobReport): string {
  const table = new Table({ head: ['table', 'rows'], style: { head: [], border: [] } });
  for (const { table: name, rows } of tables) table.push([`${database}.${name}`, countText(rows)]);
  return table.toString();
}

/** Queries over what was counted. FINAL, because rows of equal keys are merged some time after they were written. */
function queriesText({ server, database, range, tables }: StatsJobReport): string {
  const counted = tables.map(({ table }) => table);
  const slots = `slot BETWEEN ${range.start} AND ${range.end - 1}`;
  const queryOf = new Map([
    ['slot_instructions', totals],
    ['program_invocations', busiestPrograms],
    ['program_invocations_inner', busiestPrograms],
    ['pubkey_mentions', commonestKeys],
    ['pubkey_mentions_loaded', commonestKeys],
  ]);
  const queries = counted.flatMap((name) => {
    const query = queryOf.get(name);
    return query === undefined ? [] : `  ${query(`${database}.${name}`, slots)}`;
  });
  return [
    `Queries to try next, with any ClickHouse client or curl ${server} --data-binary "…"; a local server runs with "npx millrace up":`,
    ...queries,
  ].join('\n');
}

function totals(table: string, slots: string): string {
  return `SELECT sum(vote_transaction_count) AS votes, sum(non_vote_transaction_count) AS others, sum(non_vote_instruction_count) AS instructions FROM ${table} FINAL WHERE ${slots}`;
}

function busiestPrograms(table: string, slots: string): string {
  return `SELECT base58Encode(program_id) AS program, sum(count) AS calls, sum(error_count) AS errors, sum(total_cus) AS units FROM ${table} FINAL WHERE ${slots} GROUP BY program ORDER BY calls DESC LIMIT 10`;
}

function commonestKeys(table: string, slots: string): string {
  return `SELECT base58Encode(pubkey) AS key, sum(num_mentions) AS transactions FROM ${table} FINAL WHERE ${slots} GROUP BY key ORDER BY transactions DESC LIMIT 10`;
}
