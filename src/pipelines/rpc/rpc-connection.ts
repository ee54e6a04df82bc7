import { USER_AGENT } from '../../core/version.ts';
import type { RpcOptions } from '../../model/worker-task.ts';
import { JsonRpcClient } from '../../sources/rpc/json-rpc-client.ts';
import { TransactionReader } from '../../sources/rpc/transaction-reader.ts';

export interface RpcConnection {
  readonly client: JsonRpcClient;
  readonly reader: TransactionReader;
}

/** A page of 1,000 signatures is about 250 KB, a transaction with long logs below 100 KB. */
const REPLY_BYTES_MAX = 16 * 2 ** 20;
const BACKOFF = { firstMs: 500, maxMs: 15_000 };
const RETRY_AFTER_MS_MAX = 60_000;
/** A node that lags behind the one that listed the signature has the transaction a little later. */
const NULL_TRIES_MAX = 4;
/** What the plugin and the SDK read at: confirmed, since finalized lags half a minute. */
export const COMMITMENT = 'confirmed';

/** @throws {OperatingError} CONFIG when the URL is none. */
export function connectRpc(options: RpcOptions): RpcConnection {
  const { url, requestsPerSecond, concurrency, timeoutMs, triesMax } = options;
  const { random } = Math;
  const client = new JsonRpcClient({
    url,
    userAgent: USER_AGENT,
    concurrencyMax: concurrency,
    requestsPerSecond,
    // Endpoints count the calls of a batch one by one, and many refuse batches.
    batchMax: 1,
    triesMax,
    timeoutMs,
    replyBytesMax: REPLY_BYTES_MAX,
    backoff: BACKOFF,
    retryAfterMsMax: RETRY_AFTER_MS_MAX,
    random,
    now: () => performance.now(),
  });
  const reader = new TransactionReader(client, {
    commitment: COMMITMENT,
    nullTriesMax: NULL_TRIES_MAX,
    nullBackoff: BACKOFF,
    random,
  });
  return { client, reader };
}
