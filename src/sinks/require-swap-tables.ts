import { TIMEFRAMES } from '../model/candle.ts';
import type { ClickhouseClient } from './clickhouse-client.ts';

const TABLES = [
  ...['swaps', 'candle_touches', 'candle_work'],
  ...Object.keys(TIMEFRAMES).map((timeframe) => `candles_${timeframe}`),
];

/**
 * Resolves when ClickHouse answers, knows us, and has every table of swaps and candles to read and write.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED.
 */
export async function requireSwapTables(
  client: ClickhouseClient,
  signal: AbortSignal,
): Promise<void> {
  for (const table of TABLES.map((name) => client.nameOf(name))) {
    await client.command(`INSERT INTO ${table} SELECT * FROM ${table} WHERE 0`, signal);
  }
}
