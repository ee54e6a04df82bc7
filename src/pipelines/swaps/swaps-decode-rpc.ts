import { OperatingError } from '../../core/errors.ts';
import type { RpcOptions } from '../../model/worker-task.ts';
import { isInvalidParams } from '../../sources/rpc/rpc-error.ts';
import { COMMITMENT, connectRpc, type RpcConnection } from '../rpc/rpc-connection.ts';
import { type DecodedTransaction, decodeSwapsOfJson } from './swaps-decode.ts';

const METHOD = 'getTransaction';
/** Newest transaction version (SIMD-0385), and what is asked for where an endpoint refuses it. */
const VERSION_NEWEST = 1;
const VERSION_ACCEPTED_EVERYWHERE = 0;

/**
 * Fetches one transaction and decodes its swaps.
 * @throws {OperatingError} RPC_PRUNED when the endpoint does not have it; RPC_UNREACHABLE, RPC_REFUSED or CANCELLED;
 * RECORD_MALFORMED when the answer is none.
 */
export async function decodeSwapsOfSignature(
  signature: string,
  { rpc, generic }: { readonly rpc: RpcOptions; readonly generic: boolean },
  signal: AbortSignal,
): Promise<DecodedTransaction[]> {
  const connection = connectRpc(rpc);
  const result = await fetchTransaction(connection, signature, signal);
  if (result === null) {
    const { host } = connection.client;
    throw new OperatingError(
      'RPC_PRUNED',
      `${METHOD} at ${host}: expected transaction ${signature}, received null; it is unknown there or too old`,
      { retryable: false, fields: { method: METHOD, host, signature } },
    );
  }
  return [...decodeSwapsOfJson(result, { name: signature, slot: null, generic })];
}

async function fetchTransaction(
  { client }: RpcConnection,
  signature: string,
  signal: AbortSignal,
): Promise<unknown> {
  const ask = (maxSupportedTransactionVersion: number): Promise<unknown> => {
    const options = { encoding: 'base64', commitment: COMMITMENT, maxSupportedTransactionVersion };
    return client.call(METHOD, [signature, options], signal);
  };
  try {
    return await ask(VERSION_NEWEST);
  } catch (error) {
    if (!(error instanceof OperatingError) || !isInvalidParams(error)) throw error;
    return await ask(VERSION_ACCEPTED_EVERYWHERE);
  }
}
