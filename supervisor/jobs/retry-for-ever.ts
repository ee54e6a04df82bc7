import { type BackoffOptions, backoffDelayMs } from '../../src/core/backoff.ts';
import { type ErrorCode, errorText, OperatingError } from '../../src/core/errors.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import { pause } from './pause.ts';
import { throwIfCancelled } from './throw-if-cancelled.ts';

export interface RetryOptions {
  readonly context: Pick<JobContext, 'now' | 'random' | 'logger'>;
  readonly emit: EmitJobEvent;
  /** For the warning. */
  readonly what: string;
  /** Deaths of a worker thread in a row that are outlived, none where absent: one that always dies has its reason. */
  readonly deathsMax?: number;
  /** Up to half a minute where absent. */
  readonly backoff?: BackoffOptions;
}

const BACKOFF = { firstMs: 500, maxMs: 30_000 };
/** An outage of a day must not be told ten thousand times. */
const WARNING_INTERVAL_MS = 60_000;
/** What comes back some day without anybody changing the job. */
const OUTSIDE: ReadonlySet<ErrorCode> = new Set([
  'RPC_UNREACHABLE',
  'RPC_REFUSED',
  'RPC_PRUNED',
  'SINK_UNREACHABLE',
  'DISK_FULL',
]);

/** Tries again and again what the world outside may do better later, and says so once a minute. */
export class RetryForEver {
  readonly #options: RetryOptions;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** @throws {OperatingError} CANCELLED when `signal` aborted; whatever trying again cannot mend. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { deathsMax = 0 } = this.#options;
    let deaths = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        throwIfCancelled(signal);
        if (!comesBack(error) && !(isDeath(error) && ++deaths <= deathsMax)) throw error;
        this.#warn(error);
        const { context, backoff = BACKOFF } = this.#options;
        await pause(backoffDelayMs(attempt, backoff, context.random()), signal);
      }
    }
  }

  #warn(error: unknown): void {
    const { context, emit, what } = this.#options;
    if (context.now() - this.#warnedAt < WARNING_INTERVAL_MS) return;
    this.#warnedAt = context.now();
    const text = `${what}: ${errorText(error)}; trying again until it works`;
    emit({ type: 'warning', text });
    context.logger.warn(text);
  }
}

function isDeath(error: unknown): boolean {
  return error instanceof OperatingError && error.code === 'CHILD_FAILED' && error.retryable;
}

function comesBack(error: unknown): boolean {
  return error instanceof OperatingError && error.retryable && OUTSIDE.has(error.code);
}
