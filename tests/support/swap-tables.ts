import type { ChainSwaps } from '../../src/model/swap.ts';
import type { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { type PoolSwapRow, poolSwapColumns, poolSwapOf } from '../../src/sinks/pool-swap.ts';
import { SwapBatch } from '../../src/sinks/swap-batch.ts';
import { writeSwaps } from '../../src/sinks/swap-sink.ts';

/** All swaps of a database as they stand after replacing, in chain order, a transaction together. */
export async function readSwaps(client: ClickhouseClient): Promise<ChainSwaps[]> {
  const sql = `SELECT ${poolSwapColumns} FROM ${client.nameOf('swaps')} FINAL
    ORDER BY slot, tx_index, outer, inner, hop`;
  const rows = await client.rows<PoolSwapRow>(sql, new AbortController().signal);
  const transactions: ChainSwaps[] = [];
  for (const row of rows) {
    const { slot, txIndex, signature, blockTime, ...swap } = poolSwapOf(row);
    const last = transactions.at(-1);
    if (last?.slot === slot && last.txIndex === txIndex) {
      transactions[transactions.length - 1] = { ...last, swaps: [...last.swaps, swap] };
    } else transactions.push({ slot, txIndex, signature, blockTime, swaps: [swap] });
  }
  return transactions;
}

/** Writes everything in one batch. */
export async function writeAll(
  client: ClickhouseClient,
  given: readonly ChainSwaps[],
): Promise<void> {
  const batch = new SwapBatch();
  for (const one of given) batch.add(one);
  await writeSwaps(client, batch, new AbortController().signal);
}
