import { USER_AGENT } from '../../core/version.ts';
import type { RpcOptions } from '../../model/worker-task.ts';
import { parseJsonText } from '../../pack/json-text.ts';
import { BlockReader } from '../../sources/rpc/block-reader.ts';
import { JsonRpcClient, type JsonRpcOptions } from '../../sources/rpc/json-rpc-client.ts';
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

/** The largest blocks are about 15 MB in base64; what is held at once is this times the concurrency. */
const BLOCK_BYTES_MAX = 64 * 2 ** 20;
/** The timeout is meant for replies of some hundred kilobytes. */
const BLOCK_TIMEOUT_FACTOR = 4;

/** @throws {OperatingError} CONFIG when the URL is none. */
export function connectRpc(options: RpcOptions): RpcConnection {
  const { random } = Math;
  const client = new JsonRpcClient({ ...clientOptions(options), replyBytesMax: REPLY_BYTES_MAX });
  const reader = new TransactionReader(client, {
    commitment: COMMITMENT,
    nullTriesMax: NULL_TRIES_MAX,
    nullBackoff: BACKOFF,
    random,
  });
  return { client, reader };
}

/** @throws {OperatingError} CONFIG when the URL is none. */
export function connectBlocks(options: RpcOptions): BlockReader {
  const client = new JsonRpcClient({
    ...clientOptions(options),
    timeoutMs: options.timeoutMs * BLOCK_TIMEOUT_FACTOR,
    replyBytesMax: BLOCK_BYTES_MAX,
    // Balances of lamports go beyond what a double holds.
    parseJson: parseJsonText,
  });
  return new BlockReader(client);
}

function clientOptions(options: RpcOptions): Omit<JsonRpcOptions, 'replyBytesMax'> {
  const { url, requestsPerSecond, concurrency, timeoutMs, triesMax } = options;
  return {
    ...{ url, requestsPerSecond, timeoutMs, triesMax },
    userAgent: USER_AGENT,
    concurrencyMax: concurrency,
    // Endpoints count the calls of a batch one by one, and many refuse batches.
    batchMax: 1,
    backoff: BACKOFF,
    retryAfterMsMax: RETRY_AFTER_MS_MAX,
    random: Math.random,
    now: () => performance.now(),
  };
}
