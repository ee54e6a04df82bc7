import type { RpcOptions } from '../../model/worker-task.ts';
import { probeRpc, type RpcHealth } from '../../sources/rpc/probe-rpc.ts';
import { connectRpc } from './rpc-connection.ts';

/**
 * Where an endpoint stands, for `doctor`.
 * @throws {OperatingError} CONFIG for an address that is none; RPC_UNREACHABLE or RPC_REFUSED otherwise.
 */
export async function checkRpc(options: RpcOptions, signal: AbortSignal): Promise<RpcHealth> {
  return await probeRpc(connectRpc(options).client, signal);
}
