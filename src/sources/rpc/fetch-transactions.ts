import type { OrderedSignature } from './chain-order.ts';
import type { FetchedTransactions, TransactionReader } from './transaction-reader.ts';

/**
 * Fetches transactions in the given (chain) order, `batchSize` at a time: the bound on what is held in memory.
 * @throws {OperatingError} as `TransactionReader.fetch`.
 */
export async function* fetchTransactions(
  reader: TransactionReader,
  ordered: readonly OrderedSignature[],
  batchSize: number,
  signal: AbortSignal,
): AsyncGenerator<FetchedTransactions> {
  for (let start = 0; start < ordered.length; start += batchSize) {
    yield await reader.fetch(ordered.slice(start, start + batchSize), signal);
  }
}
