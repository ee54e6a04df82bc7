import { errorText } from '../../src/core/errors.ts';
import type { SessionsRpcTask, ShardResult } from '../../src/model/worker-task.ts';
import { dispatch } from './dispatch.ts';
import type { SessionsRun } from './sessions-run.ts';
import { requestCancel } from './worker-pool.ts';

const BACKOFF = { firstMs: 1000, maxMs: 30_000 };

/** Fetches the targets' own transactions by RPC. Undefined when it was cancelled. */
export async function runRpc(
  run: SessionsRun,
  signal: AbortSignal,
): Promise<ShardResult | undefined> {
  const { context, emit } = run;
  let result: ShardResult | undefined;
  await dispatch(
    {
      items: [rpcTask(run)],
      concurrency: 1,
      triesMax: context.shardTriesMax,
      backoff: BACKOFF,
      random: context.random,
      run: async (task) => {
        result = await runTask(run, task, signal);
      },
      onRetry: (_task, error, attempt) => {
        emit({ type: 'warning', text: `RPC, try ${attempt}: ${errorText(error)}; trying again` });
      },
    },
    signal,
  );
  if (result?.outcome !== 'done') return undefined;
  context.metrics.ignoredInstructions.inc(result.counters.instructionsIgnored);
  return result;
}

async function runTask(
  { context, jobId, emit }: SessionsRun,
  task: SessionsRpcTask,
  signal: AbortSignal,
): Promise<ShardResult> {
  const cancel = (): void => requestCancel(task);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await context.pool.runShard(task, {
      onBatch: async ({ records }) => {
        const fresh = context.store.sessionRecords.save(records, { job: jobId, exactOrder: false });
        context.metrics.records.inc(fresh);
      },
      onProgress: (counters) => emit({ type: 'progress', shardsDone: 0, shards: 1, counters }),
      onWarning: (text) => emit({ type: 'warning', text }),
    });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function rpcTask({ spec, scope, context }: SessionsRun): SessionsRpcTask {
  return {
    type: 'sessions-rpc',
    shardId: 0,
    rpc: { ...context.rpc, url: spec.rpcUrl },
    targets: scope.targets,
    signaturePagesMax: spec.signaturePagesMax,
    filter: scope.filter,
    limits: context.limits,
    cancel: new SharedArrayBuffer(8),
  };
}
