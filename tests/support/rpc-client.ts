import { JsonRpcClient, type JsonRpcOptions } from '../../src/sources/rpc/json-rpc-client.ts';
import {
  TransactionReader,
  type TransactionReaderOptions,
} from '../../src/sources/rpc/transaction-reader.ts';

/** A client of a local server that wastes no time: short pauses, no rate bound that matters. */
export function rpcClient(url: string, changed: Partial<JsonRpcOptions> = {}): JsonRpcClient {
  return new JsonRpcClient({
    url,
    userAgent: 'millrace/test',
    concurrencyMax: 4,
    requestsPerSecond: 100_000,
    batchMax: 1,
    triesMax: 3,
    timeoutMs: 5_000,
    replyBytesMax: 1_000_000,
    backoff: { firstMs: 1, maxMs: 2 },
    retryAfterMsMax: 5,
    random: () => 0.5,
    now: () => performance.now(),
    ...changed,
  });
}

export function transactionReader(
  client: JsonRpcClient,
  changed: Partial<TransactionReaderOptions> = {},
): TransactionReader {
  return new TransactionReader(client, {
    commitment: 'confirmed',
    nullTriesMax: 3,
    nullBackoff: { firstMs: 1, maxMs: 2 },
    random: () => 0.5,
    ...changed,
  });
}
