import Table from 'cli-table3';
import type { SwapsJobReport } from '../model/job.ts';
import { SINK_WAITS } from '../model/sink-waits.ts';
import { auditLines, readTable } from './read-text.ts';
import { countText } from './units.ts';

const NO_COLOURS = { style: { head: [], border: [] } };

/** What a finished swaps job shows a person. */
export function swapsReportText(report: SwapsJobReport): string {
  const parts = [
    programsTable(report),
    mismatchTable(report),
    storedLines(report),
    waitsText(report),
    readTable(report),
    auditLines(report),
    queriesText(report),
  ].filter((part) => part !== '');
  if (report.alreadyComplete) {
    parts.unshift('this job is already complete; nothing was read or written again');
  }
  return parts.join('\n\n');
}

function programsTable({ decoded, stored }: SwapsJobReport): string {
  const table = new Table({ head: ['program', 'decoded', 'in ClickHouse'], ...NO_COLOURS });
  const kept = new Map(stored.programs.map(({ program, swaps }) => [program, swaps]));
  for (const { program, swaps } of decoded.programs) {
    table.push([program, countText(swaps), countText(kept.get(program) ?? 0)]);
  }
  table.push(['all', countText(decoded.swaps), countText(stored.swaps)]);
  const { transactions } = decoded;
  return `${table.toString()}\n${countText(transactions)} transactions hold swaps`;
}

/** Calls that gave no sure swap: what the program says and what moved disagree, or one of them is not there. */
function mismatchTable({ decoded }: SwapsJobReport): string {
  if (decoded.mismatches.length === 0) return 'every swap that could be cross-checked was right';
  const table = new Table({ head: ['program', 'mismatch', 'calls'], ...NO_COLOURS });
  for (const { program, reason, calls } of decoded.mismatches) {
    table.push([program, reason, countText(calls)]);
  }
  return table.toString();
}

function storedLines({ stored, database }: SwapsJobReport): string {
  const candles = Object.entries(stored.candles).map(
    ([timeframe, count]) => `${countText(count)} of ${timeframe}`,
  );
  const lines = [`candles in ${database}: ${candles.join(', ')}`];
  if (stored.withoutTime > 0) {
    lines.push(`${countText(stored.withoutTime)} swaps have no block time and are in no candle`);
  }
  return lines.join('\n');
}

/** How the way to the sink held up the reading; nothing where it did not. */
function waitsText({ counters: { tallies } }: SwapsJobReport): string {
  const waits = SINK_WAITS.flatMap(({ what, count, ms }) => {
    const times = tallies[count] ?? 0;
    if (times === 0) return [];
    const seconds = ((tallies[ms] ?? 0) / 1000).toFixed(1);
    return `reading waited ${countText(times)} times, ${seconds} s in all, for ${what}`;
  });
  return waits.join('\n');
}

/** Queries over what was decoded. FINAL, because rows of equal keys are merged some time after they were written. */
function queriesText({ server, database, range }: SwapsJobReport): string {
  const slots = `slot BETWEEN ${range.start} AND ${range.end - 1}`;
  return [
    `Queries to try next, with any ClickHouse client or curl ${server} --data-binary "…"; a local server runs with "npx millrace up":`,
    `  SELECT program, count() AS swaps, uniq(pool) AS pools, uniq(user) AS users FROM ${database}.swaps FINAL WHERE ${slots} GROUP BY program ORDER BY swaps DESC`,
    `  SELECT pool, base_mint, quote_mint, count() AS swaps, argMax(price, (slot, tx_index, outer, inner, hop)) AS last_price FROM ${database}.swaps FINAL WHERE ${slots} AND price != '' GROUP BY pool, base_mint, quote_mint ORDER BY swaps DESC LIMIT 10`,
    `  SELECT start, pool, trades, volume_base, volume_quote FROM ${database}.candles_1m FINAL ORDER BY trades DESC LIMIT 10`,
  ].join('\n');
}
