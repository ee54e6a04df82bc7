import type { ChainSwaps, SwapConfidence } from '../../src/model/swap.ts';
import type { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { SwapBatch } from '../../src/sinks/swap-batch.ts';
import { writeSwaps } from '../../src/sinks/swap-sink.ts';

interface SwapRow {
  readonly slot: string;
  readonly tx_index: number;
  readonly outer: number;
  readonly inner: number;
  readonly hop: number;
  readonly time: number;
  readonly signature: string;
  readonly program: string;
  readonly program_id: string;
  readonly route: string | null;
  readonly pool: string;
  readonly user: string;
  readonly mint_in: string;
  readonly decimals_in: number | null;
  readonly amount_in: string;
  readonly amount_in_net: string | null;
  readonly mint_out: string;
  readonly decimals_out: number | null;
  readonly amount_out: string;
  readonly amount_out_net: string | null;
  readonly base_mint: string;
  readonly quote_mint: string;
  readonly base_amount: string;
  readonly quote_amount: string;
  readonly price: string;
  readonly confidence: SwapConfidence;
}

/** All swaps of a database as they stand after replacing, in chain order, a transaction together. */
export async function readSwaps(client: ClickhouseClient): Promise<ChainSwaps[]> {
  const sql = `SELECT *, base_mint, quote_mint, base_amount, quote_amount, toUnixTimestamp(block_time) AS time
    FROM ${client.nameOf('swaps')} FINAL
    ORDER BY slot, tx_index, outer, inner, hop`;
  const rows = await client.rows<SwapRow>(sql, new AbortController().signal);
  const transactions: ChainSwaps[] = [];
  for (const row of rows) {
    const one = transactionOf(row);
    const last = transactions.at(-1);
    const same = last?.slot === one.slot && last.txIndex === one.txIndex;
    if (!same) transactions.push(one);
    else transactions[transactions.length - 1] = { ...last, swaps: [...last.swaps, ...one.swaps] };
  }
  return transactions;
}

function transactionOf(row: SwapRow): ChainSwaps {
  return {
    slot: Number(row.slot),
    txIndex: row.tx_index,
    signature: row.signature,
    blockTime: row.time === 0 ? null : row.time,
    swaps: [
      {
        ...{ outer: row.outer, inner: row.inner, hop: row.hop, program: row.program },
        ...{ programId: row.program_id, route: row.route, pool: row.pool, user: row.user },
        ...{ mintIn: row.mint_in, decimalsIn: row.decimals_in, amountIn: BigInt(row.amount_in) },
        ...{ mintOut: row.mint_out, decimalsOut: row.decimals_out },
        amountInNet: bigintOrNull(row.amount_in_net),
        amountOut: BigInt(row.amount_out),
        amountOutNet: bigintOrNull(row.amount_out_net),
        ...{ baseMint: row.base_mint, quoteMint: row.quote_mint },
        ...{ baseAmount: BigInt(row.base_amount), quoteAmount: BigInt(row.quote_amount) },
        price: row.price === '' ? null : row.price,
        confidence: row.confidence,
      },
    ],
  };
}

function bigintOrNull(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
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
