import type { StatsClickhouse } from '../../model/stats-task.ts';
import type { ChainSwaps } from '../../model/swap.ts';
import { ClickhouseClient } from '../../sinks/clickhouse-client.ts';
import { assertSwapsFit } from '../../sinks/swap-batch.ts';
import { SwapWriter } from '../../sinks/swap-sink.ts';
import type { SwapOutlet } from './swap-outlet.ts';

/** Rows straight into ClickHouse, with the keys and the candle windows that the way over NATS gives them, too. */
export async function openClickhouseOutlet(
  clickhouse: StatsClickhouse,
  signal: AbortSignal,
): Promise<SwapOutlet> {
  const client = new ClickhouseClient({ ...clickhouse, random: Math.random });
  const writer = new SwapWriter({ ...clickhouse, client });
  let full = false;
  return {
    add: (transactions: readonly ChainSwaps[]) => {
      // A part of a slot is never handed on.
      for (const chainSwaps of transactions) assertSwapsFit(chainSwaps);
      for (const chainSwaps of transactions) full = writer.add(chainSwaps);
    },
    get full() {
      return full;
    },
    get hasRequests() {
      return writer.hasRequests;
    },
    flush: async () => {
      await writer.flush(signal);
      full = false;
    },
    drain: () => writer.drain(signal),
    tallies: () => ({}),
    close: async () => {
      await writer.close();
      await client.close();
    },
  };
}
