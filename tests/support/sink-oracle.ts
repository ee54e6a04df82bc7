import assert from 'node:assert/strict';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ChainSwaps } from '../../src/model/swap.ts';
import type { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { type ListedLetter, listDeadLetters } from '../../src/sinks/nats/dead-letters.ts';
import { expectedCandles, factsOf, readCandles } from './candle-oracle.ts';
import { readSwaps } from './swap-tables.ts';

/** The tables hold these swaps and their candles, each once, and nothing else. */
export async function assertTables(
  client: ClickhouseClient,
  expected: readonly ChainSwaps[],
): Promise<void> {
  assert.deepEqual(await readSwaps(client), expected);
  const candles = (await readCandles(client)).map(factsOf);
  assert.deepEqual(candles, expectedCandles(expected));
}

/** All dead letters that are there now. */
export async function deadLetters(connection: NatsConnection): Promise<ListedLetter[]> {
  const letters: ListedLetter[] = [];
  const { signal } = new AbortController();
  for await (const letter of listDeadLetters(connection, signal)) letters.push(letter);
  return letters;
}
