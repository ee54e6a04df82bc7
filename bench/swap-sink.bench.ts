import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createClient } from '@clickhouse/client';
import { encodeBase58 } from '../src/core/base58.ts';
import type { ChainSwaps, PricedSwap } from '../src/model/swap.ts';
import { ClickhouseClient } from '../src/sinks/clickhouse-client.ts';
import { migrateClickhouse } from '../src/sinks/clickhouse-migrations.ts';
import { SwapBatch } from '../src/sinks/swap-batch.ts';
import { SwapWriter } from '../src/sinks/swap-sink.ts';
import { pricedSwapWith } from '../tests/support/swap-samples.ts';
import { startBenchClickhouse } from './bench-clickhouse.ts';
import { printMachine, type Timed, timeInterleaved } from './timed-rounds.ts';

/**
 * Rows of swaps a second into a real ClickHouse on this machine, until it has accepted them: our sink, which also
 * notes the minutes whose candles change, beside `client.insert` of the same rows as objects, which does not. Both
 * send batches of the same size; with two under way, the next is filled while the server works.
 * Usage: node --import tsx bench/swap-sink.bench.ts [--rounds 5] [--rows 200000] [--batch 50000]
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rows: { type: 'string', default: '200000' },
    /** As the settings have it. */
    batch: { type: 'string', default: '50000' },
  },
});
const { signal } = new AbortController();
const rows = Number(values.rows);
const batchRowsMax = Number(values.batch);
const SWAPS_PER_SLOT = 100;
const POOLS = 2_000;
const SIGNATURE_BYTES = 64;

function addressOf(word: string): string {
  return encodeBase58(createHash('sha256').update(word).digest());
}

/** Swaps as a busy hour has them: few pools trade much, many a little; every address is a text of its own. */
function makeSwaps(rows: number): ChainSwaps[] {
  return Array.from({ length: rows }, (_, n) => {
    const slot = 300_000_000 + Math.floor(n / SWAPS_PER_SLOT);
    const pool = Math.floor(POOLS * ((n * 0.618) % 1) ** 3);
    const signature = createHash('sha512').update(`${n}`).digest().subarray(0, SIGNATURE_BYTES);
    const swap = pricedSwapWith({
      ...{ outer: n % 5, inner: (n % 7) - 1, route: n % 2 === 0 ? null : addressOf('route') },
      ...{ pool: addressOf(`pool ${pool}`), user: addressOf(`user ${n % 20_000}`) },
      ...{ mintIn: addressOf(`mint ${pool}`), decimalsIn: 6 },
      ...{ amountIn: BigInt(n) * 1_000_003n + 1n, amountInNet: BigInt(n) * 1_000_003n + 1n },
      ...{ amountOut: BigInt(n) * 7_919n + 1n, amountOutNet: null },
    });
    const blockTime = 1_750_000_000 + Math.floor(n / SWAPS_PER_SLOT / 2.5);
    return {
      ...{ slot, txIndex: n % SWAPS_PER_SLOT, signature: encodeBase58(signature), blockTime },
      swaps: [swap],
    };
  });
}

/** The row as somebody would write it who inserts objects. */
function rowOf({ slot, txIndex, signature, blockTime }: ChainSwaps, swap: PricedSwap) {
  return {
    ...{ slot, tx_index: txIndex, outer: swap.outer, inner: swap.inner, hop: swap.hop },
    ...{ block_time: blockTime ?? 0, signature, program: swap.program },
    ...{ program_id: swap.programId, route: swap.route, pool: swap.pool, user: swap.user },
    ...{ mint_in: swap.mintIn, decimals_in: swap.decimalsIn, amount_in: `${swap.amountIn}` },
    amount_in_net: textOrNull(swap.amountInNet),
    ...{ mint_out: swap.mintOut, decimals_out: swap.decimalsOut, amount_out: `${swap.amountOut}` },
    amount_out_net: textOrNull(swap.amountOutNet),
    ...{ base_mint: swap.baseMint, quote_mint: swap.quoteMint },
    ...{ base_amount: `${swap.baseAmount}`, quote_amount: `${swap.quoteAmount}` },
    ...{ price: swap.price ?? '', confidence: swap.confidence },
  };
}

function textOrNull(value: bigint | null): string | null {
  return value === null ? null : `${value}`;
}

/** Runs `insert` for one batch after the other, at most `inFlightMax` of them at once. */
async function inBatches(
  swaps: readonly ChainSwaps[],
  inFlightMax: number,
  insert: (batch: readonly ChainSwaps[]) => Promise<unknown>,
): Promise<void> {
  const inFlight = new Set<Promise<unknown>>();
  for (let start = 0; start < swaps.length; start += batchRowsMax) {
    const sent = insert(swaps.slice(start, start + batchRowsMax));
    const ended = sent.finally(() => inFlight.delete(ended));
    inFlight.add(ended);
    while (inFlight.size >= inFlightMax) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
}

async function measure(dsn: string): Promise<void> {
  const swaps = makeSwaps(rows);
  const link = { dsn, database: 'bench', requestTimeoutMs: 60_000, triesMax: 1 };
  const backoff = { firstMs: 100, maxMs: 1_000 };
  const client = new ClickhouseClient({ ...link, backoff, random: Math.random });
  const plain = createClient({ url: dsn, database: 'bench' });
  await migrateClickhouse(client, signal);
  const insertObjects = (given: readonly ChainSwaps[]): Promise<unknown> => {
    const objects = given.flatMap((one) => one.swaps.map((swap) => rowOf(one, swap)));
    return plain.insert({ table: 'swaps', values: objects, format: 'JSONEachRow' });
  };
  const throughWriter = async (batchesInFlightMax: number): Promise<void> => {
    const writer = new SwapWriter({
      client,
      batchRowsMax,
      batchBytesMax: 2 ** 30,
      batchesInFlightMax,
    });
    for (const one of swaps) if (writer.add(one)) await writer.flush(signal);
    await writer.drain(signal);
    await writer.close();
  };
  const batch = new SwapBatch();
  const works: readonly (readonly [string, () => Promise<void>])[] = [
    ['client.insert of objects', () => inBatches(swaps, 1, insertObjects)],
    ['client.insert, two under way', () => inBatches(swaps, 2, insertObjects)],
    ['our sink', () => throughWriter(1)],
    ['our sink, two under way', () => throughWriter(2)],
    [
      'our columns, filled only',
      async () => {
        batch.clear();
        for (const one of swaps) batch.add(one);
      },
    ],
  ];
  const contestants = works.map(([name, work]) => ({
    ...{ name, units: rows },
    // Else the server would merge what others wrote before, at the cost of whoever is measured now.
    work: async () => {
      await client.command(`TRUNCATE TABLE ${client.nameOf('swaps')} SYNC`, signal);
      await work();
    },
  }));
  const timed = await timeInterleaved(contestants, Number(values.rounds));
  await plain.close();
  await client.close();
  report(timed);
}

function report(timed: readonly Timed[]): void {
  printMachine(
    `${rows} swaps of ${POOLS} pools in batches of ${batchRowsMax}; ${values.rounds} rounds`,
  );
  const [alone, twice] = timed;
  assert(alone !== undefined && twice !== undefined);
  for (const { name, wallMs, cpuMs } of timed) {
    const speed = `${((rows / wallMs) * 1000).toFixed(0).padStart(8)} rows/s`;
    const cpu = `${((cpuMs * 1e6) / rows).toFixed(0).padStart(6)} ns/row CPU of ours`;
    const ratio = `${(alone.wallMs / wallMs).toFixed(2)} and ${(twice.wallMs / wallMs).toFixed(2)} x the first two`;
    console.log(`${name.padEnd(28)} ${wallMs.toFixed(0).padStart(6)} ms ${speed} ${cpu}  ${ratio}`);
  }
}

await using service = await startBenchClickhouse();
if (service === undefined) console.log('skipped: the embedded engine is not installed');
else await measure(service.dsn);
