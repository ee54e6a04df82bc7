import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import { type BackoffOptions, backoffDelayMs } from '../src/core/backoff.ts';
import { type ErrorFacts, OperatingError } from '../src/core/errors.ts';
import { crashPoint } from '../src/ops/crash-point.ts';
import type { IngestDelivery, IngestOutcome } from '../src/sinks/ingest-http.ts';
import type { OutboxEntry } from '../src/store/outbox.ts';
import type { Store } from '../src/store/store.ts';

export interface DeliveryOptions {
  readonly store: Store;
  readonly post: (
    target: string,
    delivery: IngestDelivery,
    signal: AbortSignal,
  ) => Promise<IngestOutcome>;
  readonly concurrency: number;
  /** Tries before an entry is set aside as dead. */
  readonly triesMax: number;
  readonly backoff: BackoffOptions;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

export interface AwaitedDeliveries {
  readonly job: string;
  readonly target: string;
}

export interface DeliveryEvents {
  delivered: [entry: OutboxEntry, file: string | null];
  postponed: [entry: OutboxEntry, error: ErrorFacts, nextTryAt: number];
  dead: [entry: OutboxEntry, error: ErrorFacts];
  /** An error of our own, or of the disk under the store; the loop has stopped. */
  failed: [error: unknown];
}

/** Longest sleep of the loop in milliseconds: within this it notices a clock that was set. */
const SLEEP_MS_MAX = 60_000;

/**
 * Empties the outbox: idle → posting up to `concurrency` entries at once → idle until the next one
 * is due or `wake` is called. An entry leaves only when the endpoint accepted it; a try that
 * failed is written down before the next, so that the pauses and their number survive a restart.
 */
export class Delivery {
  readonly events = new EventEmitter<DeliveryEvents>();
  readonly #options: DeliveryOptions;
  readonly #abort = new AbortController();
  readonly #running = new Map<number, Promise<void>>();
  readonly #settled = new EventEmitter<{ change: [] }>();
  #timer: NodeJS.Timeout | undefined;
  #state: 'new' | 'started' | 'stopped' = 'new';

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#settled.setMaxListeners(0);
  }

  start(): void {
    assert.equal(this.#state, 'new', 'a delivery loop starts once');
    this.#state = 'started';
    this.wake();
  }

  /** Looks at the outbox now; to be called after something was queued or revived. */
  wake(): void {
    if (this.#state !== 'started') return;
    clearTimeout(this.#timer);
    try {
      this.#fill();
    } catch (error) {
      this.#fail(error);
    }
    this.#settled.emit('change');
  }

  /**
   * Resolves when nothing of a job for a target (null: nothing at all) waits: every entry was accepted or is dead,
   * or the loop stopped.
   * @throws {OperatingError} CANCELLED when `signal` is aborted first.
   */
  async drain(awaited: AwaitedDeliveries | null, signal: AbortSignal): Promise<void> {
    const { job, target } = awaited ?? { job: null, target: null };
    for (;;) {
      if (this.#state === 'stopped') return;
      // An entry that is being posted is still in the outbox, so this covers it too.
      if (this.#options.store.outbox.counts(job, target).waiting === 0) return;
      await this.#change(signal);
    }
  }

  /** Takes no more entries and waits for those being posted; aborting `signal` cuts them off. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
    this.#settled.emit('change');
    const cut = () => this.#abort.abort();
    if (signal.aborted) cut();
    signal.addEventListener('abort', cut, { once: true });
    await Promise.all(this.#running.values());
    signal.removeEventListener('abort', cut);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (finish: () => void) => {
        signal.removeEventListener('abort', onAbort);
        this.#settled.off('change', onChange);
        finish();
      };
      const onChange = () => done(resolve);
      const onAbort = () => {
        const message = 'waiting for the outbox to empty was cancelled';
        done(() => reject(new OperatingError('CANCELLED', message, { retryable: true })));
      };
      signal.addEventListener('abort', onAbort);
      this.#settled.on('change', onChange);
      if (signal.aborted) onAbort();
    });
  }

  #fill(): void {
    const { store, concurrency, now } = this.#options;
    const busy = new Set(this.#running.keys());
    const free = concurrency - busy.size;
    if (free <= 0) return;
    for (const entry of store.outbox.due(now(), free, busy)) {
      this.#running.set(entry.id, this.#runOne(entry));
    }
    if (this.#running.size >= concurrency) return;
    const next = store.outbox.nextTryAt(new Set(this.#running.keys()));
    if (next === undefined) return;
    const delay = Math.min(Math.max(1, next - now()), SLEEP_MS_MAX);
    this.#timer = setTimeout(() => this.wake(), delay);
  }

  async #runOne(entry: OutboxEntry): Promise<void> {
    try {
      await this.#deliver(entry);
    } catch (error) {
      const cut = error instanceof OperatingError && error.code === 'CANCELLED';
      if (!cut) this.#fail(error);
    }
    this.#running.delete(entry.id);
    this.wake();
    this.#settled.emit('change');
  }

  #fail(error: unknown): void {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
    this.events.emit('failed', error);
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    const payload = this.#options.store.outbox.payload(entry.id);
    assert(payload !== undefined, `outbox entry ${entry.id} has lost its payload`);
    crashPoint('delivery-before-post');
    const { target, key, facts } = entry;
    const outcome = await this.#options.post(target, { key, facts, payload }, this.#abort.signal);
    crashPoint('delivery-after-post');
    if (outcome.type === 'accepted') this.#accept(entry, payload, outcome.file);
    else this.#reject(entry, outcome);
  }

  #accept(entry: OutboxEntry, payload: Uint8Array, file: string | null): void {
    const { store, now, logger } = this.#options;
    const sha256 = hash('sha256', payload);
    store.transaction('durable', () => {
      store.outbox.acknowledge(entry, { sha256, file, now: now() });
      store.sessionResults.markDelivered(entry.session, entry.upload, { sha256, file });
      store.sessionRecords.discardPayloads(entry.session, entry.upload);
    });
    crashPoint('delivery-after-commit');
    const text = `uploaded session ${entry.session} (${entry.facts.chunk_count} chunks, ${payload.length} bytes) to ${entry.target}`;
    logger.info({ session: entry.session, bytes: payload.length, file }, text);
    this.events.emit('delivered', entry, file);
  }

  #reject(entry: OutboxEntry, outcome: Exclude<IngestOutcome, { type: 'accepted' }>): void {
    const { store, triesMax, logger } = this.#options;
    const tries = entry.attempts + 1;
    const retryable = outcome.type === 'retryable';
    const error = factsOf(entry, outcome);
    if (!retryable || tries >= triesMax) {
      store.outbox.bury(entry.id, error);
      logger.error({ session: entry.session, tries }, `${error.message}; given up after ${tries}`);
      this.events.emit('dead', entry, error);
      return;
    }
    const nextTryAt = this.#nextTryAt(entry.attempts, outcome.retryAfterMs);
    store.outbox.postpone(entry.id, nextTryAt, error);
    logger.warn({ session: entry.session, tries }, `${error.message}; trying again later`);
    this.events.emit('postponed', entry, error, nextTryAt);
  }

  #nextTryAt(attempts: number, retryAfterMs: number | null): number {
    const { backoff, random, now } = this.#options;
    return now() + Math.max(backoffDelayMs(attempts, backoff, random()), retryAfterMs ?? 0);
  }
}

function factsOf(
  entry: OutboxEntry,
  outcome: Exclude<IngestOutcome, { type: 'accepted' }>,
): ErrorFacts {
  const status = outcome.status === null ? 'no answer' : `status ${outcome.status}`;
  return {
    code: outcome.type === 'refused' ? 'SINK_REFUSED' : 'SINK_UNREACHABLE',
    message: `uploading session ${entry.session} to ${entry.target}: a 2xx answer was expected, received ${status}: ${outcome.reason}`,
    retryable: outcome.type === 'retryable',
    fields: { session: entry.session, target: entry.target, status: outcome.status },
  };
}
