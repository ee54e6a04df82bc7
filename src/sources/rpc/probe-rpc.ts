import { z } from 'zod';
import type { JsonRpcClient } from './json-rpc-client.ts';
import { count, parseResult } from './parse-result.ts';

export interface RpcHealth {
  readonly host: string;
  readonly slot: number;
  readonly epoch: number;
  /** Oldest slot the endpoint has; null where it does not tell. 0 means the whole history. */
  readonly firstAvailableSlot: number | null;
}

const epochInfoSchema = z.object({ absoluteSlot: count, epoch: count });

/**
 * Asks an endpoint where it stands, for `doctor` and before a job relies on it.
 * @throws {OperatingError} as `JsonRpcClient.call`.
 */
export async function probeRpc(client: JsonRpcClient, signal: AbortSignal): Promise<RpcHealth> {
  const [slot, epochInfo, firstAvailable] = await client.callMany(
    ['getSlot', 'getEpochInfo', 'getFirstAvailableBlock'].map((method) => ({ method, params: [] })),
    signal,
  );
  if (!slot?.ok) throw slot?.error;
  if (!epochInfo?.ok) throw epochInfo?.error;
  const { host } = client;
  const { epoch } = parseResult(epochInfoSchema, epochInfo.result, 'getEpochInfo', host);
  // Some hosted endpoints do not offer this one; that is no fault of theirs.
  const firstAvailableSlot = firstAvailable?.ok
    ? parseResult(count, firstAvailable.result, 'getFirstAvailableBlock', host)
    : null;
  return {
    host,
    slot: parseResult(count, slot.result, 'getSlot', host),
    epoch,
    firstAvailableSlot,
  };
}
