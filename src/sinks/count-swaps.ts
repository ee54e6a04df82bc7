import type { SlotRange } from '../core/slot-range.ts';
import { TIMEFRAMES, type Timeframe } from '../model/candle.ts';
import type { StoredSwaps } from '../model/job.ts';
import { ClickhouseClient, type ClickhouseClientOptions } from './clickhouse-client.ts';

/** A busy slot has some hundred swaps, so this is some million rows that the server merges at once. */
const SLOTS_PER_QUERY = 10_000;

/** @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED. */
export async function countSwaps(
  clickhouse: Omit<ClickhouseClientOptions, 'random'>,
  range: SlotRange,
  signal: AbortSignal,
): Promise<StoredSwaps> {
  const client = new ClickhouseClient({ ...clickhouse, random: Math.random });
  try {
    const { programs, withoutTime, times } = await countByProgram(client, range, signal);
    const candles: Record<Timeframe, number> = { '1m': 0, '5m': 0, '1h': 0 };
    for (const timeframe of Object.keys(TIMEFRAMES) as Timeframe[]) {
      candles[timeframe] = await countCandles(client, timeframe, { ...range, times }, signal);
    }
    const named = [...programs].map(([program, swaps]) => ({ program, swaps }));
    return {
      programs: named.sort((a, b) => b.swaps - a.swaps || (a.program < b.program ? -1 : 1)),
      swaps: named.reduce((sum, { swaps }) => sum + swaps, 0),
      ...{ withoutTime, candles },
    };
  } finally {
    await client.close();
  }
}

interface ProgramRow {
  readonly program: string;
  readonly swaps: string;
  readonly without_time: string;
  /** 0 where no swap has a time. */
  readonly first_time: number;
  readonly last_time: number;
}

async function countByProgram(client: ClickhouseClient, range: SlotRange, signal: AbortSignal) {
  const programs = new Map<string, number>();
  let withoutTime = 0;
  const times = { first: Number.POSITIVE_INFINITY, last: 0 };
  for (let start = range.start; start < range.end; start += SLOTS_PER_QUERY) {
    const end = Math.min(start + SLOTS_PER_QUERY, range.end);
    const sql = `SELECT if(confidence = 'generic', 'generic', program) AS program, count() AS swaps, countIf(time = 0) AS without_time,
        minIf(toUnixTimestamp(block_time) AS time, time != 0) AS first_time, max(time) AS last_time
      FROM ${client.nameOf('swaps')} FINAL WHERE slot >= ${start} AND slot < ${end} GROUP BY program`;
    for (const row of await client.rows<ProgramRow>(sql, signal)) {
      programs.set(row.program, (programs.get(row.program) ?? 0) + Number(row.swaps));
      withoutTime += Number(row.without_time);
      if (row.last_time === 0) continue;
      times.first = Math.min(times.first, row.first_time);
      times.last = Math.max(times.last, row.last_time);
    }
  }
  return { programs, withoutTime, times };
}

async function countCandles(
  client: ClickhouseClient,
  timeframe: Timeframe,
  { start, end, times }: SlotRange & { readonly times: { first: number; last: number } },
  signal: AbortSignal,
): Promise<number> {
  if (times.last === 0) return 0;
  const from = times.first - (times.first % TIMEFRAMES[timeframe]);
  const sql = `SELECT count() AS count FROM ${client.nameOf(`candles_${timeframe}`)} FINAL
    WHERE start >= toDateTime(${from}, 'UTC') AND start <= toDateTime(${times.last}, 'UTC')
      AND slot_last >= ${start} AND slot_first < ${end}`;
  const [row] = await client.rows<{ readonly count: string }>(sql, signal);
  return Number(row?.count ?? 0);
}
