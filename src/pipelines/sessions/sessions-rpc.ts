import type { MessagePort } from 'node:worker_threads';
import { NO_COUNTERS } from '../../model/shard-counters.ts';
import type { QuarantinedSlot, SessionsRpcTask, ShardResult } from '../../model/worker-task.ts';
import { connectRpc } from '../rpc/rpc-connection.ts';
import { readSessionsByRpc } from '../rpc/rpc-sessions.ts';
import { RecordOutlet } from './record-outlet.ts';

/** Reads the targets' own transactions by RPC and hands over their records. */
export async function runSessionsRpc(
  task: SessionsRpcTask,
  port: MessagePort,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { shardId, limits } = task;
  const outlet = new RecordOutlet({ shardId, port, limits });
  const cancel = new Int32Array(task.cancel);
  const quarantined: QuarantinedSlot[] = [];
  let transactions = 0;
  let instructionsIgnored = 0;
  const counters = () => ({ ...NO_COUNTERS, transactions, instructionsIgnored });
  for await (const batch of readSessionsByRpc(task, connectRpc(task.rpc), signal)) {
    if (Atomics.load(cancel, 0) !== 0) {
      return { type: 'shard', shardId, outcome: 'cancelled', counters: counters(), quarantined };
    }
    transactions += batch.transactions;
    instructionsIgnored += batch.ignored.length;
    quarantined.push(...batch.quarantined);
    if (outlet.addRecords(batch.records)) await outlet.flush();
    outlet.progress(counters());
  }
  await outlet.drain();
  return { type: 'shard', shardId, outcome: 'done', counters: counters(), quarantined };
}
