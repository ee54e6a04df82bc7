import { errorText, OperatingError } from '../../src/core/errors.ts';
import { dispatch } from './dispatch.ts';
import type { SessionsRun } from './sessions-run.ts';

/** With these pauses a job outlives every restart of the delivery loop that its budget allows. */
const WAITS_MAX = 12;
const BACKOFF = { firstMs: 200, maxMs: 5_000 };

/** Waits for the job's deliveries, also through a restart of the loop that makes them. */
export async function awaitDeliveries(run: SessionsRun, signal: AbortSignal): Promise<void> {
  const { context, emit } = run;
  await dispatch(
    {
      items: [run],
      concurrency: 1,
      triesMax: WAITS_MAX,
      backoff: BACKOFF,
      random: context.random,
      run: (one) => drainDeliveries(one, signal),
      onRetry: (_run, error) => emit({ type: 'warning', text: `${errorText(error)}; waiting` }),
    },
    signal,
  );
  signal.throwIfAborted();
}

async function drainDeliveries(run: SessionsRun, signal: AbortSignal): Promise<void> {
  const { context, emit, jobId } = run;
  const target = context.ingestTarget;
  const stopListening = context.delivery.onDelivered(({ job, session, payloadBytes }) => {
    if (job === jobId) emit({ type: 'delivered', session, bytes: payloadBytes });
  });
  try {
    await context.delivery.drain({ job: jobId, target }, signal);
  } finally {
    stopListening();
  }
  const { waiting } = context.store.outbox.counts(jobId, target);
  if (waiting === 0) return;
  const message = `delivery stopped while ${waiting} files wait for it`;
  throw new OperatingError('CHILD_FAILED', message, { retryable: true });
}
