import assert from 'node:assert/strict';
import type { MessagePort } from 'node:worker_threads';
import { errorFacts } from '../core/errors.ts';
import type { WorkerResult, WorkerTask } from '../model/worker-task.ts';
import { runPlan } from './plan.ts';
import { runSessionsShard } from './sessions/sessions-shard.ts';

/**
 * Runs one task of a worker thread. Errors come back as a value, because crossing threads would take their fields.
 * The signal ends whatever the task still has open; running shards are stopped by their cancel flag.
 */
export async function runTask(task: WorkerTask, port: MessagePort | null): Promise<WorkerResult> {
  const scope = new AbortController();
  try {
    return await dispatchTask(task, port, scope.signal);
  } catch (error) {
    return { type: 'failed', error: errorFacts(error) };
  } finally {
    scope.abort();
    port?.close();
  }
}

/** What talks to servers is loaded when it is asked for: RPC with its schemas would double the start of a thread. */
async function dispatchTask(
  task: WorkerTask,
  port: MessagePort | null,
  signal: AbortSignal,
): Promise<WorkerResult> {
  switch (task.type) {
    case 'plan':
      return runPlan(task, signal);
    case 'discover': {
      const { connectRpc } = await import('./rpc/rpc-connection.ts');
      const { discoverTargets } = await import('./rpc/rpc-discover.ts');
      return discoverTargets(task, connectRpc(task.rpc), signal);
    }
    case 'sessions-shard':
      assert(port !== null, 'a shard needs a port');
      return runSessionsShard(task, port, signal);
    case 'stats-shard': {
      assert(port !== null, 'a shard needs a port');
      const { runStatsShard } = await import('./stats/stats-shard.ts');
      return runStatsShard(task, port, signal);
    }
    case 'swaps-shard': {
      assert(port !== null, 'a shard needs a port');
      const { runSwapsShard } = await import('./swaps/swaps-shard.ts');
      return runSwapsShard(task, port, signal);
    }
    case 'fetch-blocks': {
      assert(port !== null, 'fetching blocks needs a port');
      const { fetchBlocks } = await import('./follow/fetch-blocks.ts');
      return fetchBlocks(task, port, signal);
    }
    case 'sessions-rpc': {
      assert(port !== null, 'a shard needs a port');
      const { runSessionsRpc } = await import('./sessions/sessions-rpc.ts');
      return runSessionsRpc(task, port, signal);
    }
  }
}
