import type { NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import type { ChainSwaps } from '../../model/swap.ts';
import { SWAPS_SUBJECT } from '../../model/swap-message.ts';
import type { NatsTarget } from '../../model/swaps-task.ts';
import { connectNats } from '../../sinks/nats/connect-nats.ts';
import { findPayloadBound } from '../../sinks/nats/payload-bound.ts';
import { SwapPublisher } from '../../sinks/nats/publisher.ts';
import { StreamBacklog } from '../../sinks/nats/stream-backlog.ts';
import { encodeSwapMessage, swapMessageId } from './swap-message.ts';
import type { SwapOutlet } from './swap-outlet.ts';

const BACKOFF = { firstMs: 50, maxMs: 5_000 };

/**
 * One message a transaction on `dex.sol.swaps`. Messages that wait for room are held here; reading goes on when the
 * stream has acknowledged enough of them and the sink behind it is not too far back.
 */
export async function openNatsOutlet(
  target: NatsTarget,
  warn: (text: string) => void,
  signal: AbortSignal,
): Promise<SwapOutlet> {
  const connection = await connectNats(target.link, signal);
  try {
    const payloadBytesMax = await findPayloadBound(connection, SWAPS_SUBJECT);
    return new NatsOutlet(connection, { ...target, payloadBytesMax, warn }, signal);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Between two sentences about faults that are waited out. */
const WARNING_MS = 30_000;

interface EncodedSwaps {
  readonly id: string;
  readonly payload: Buffer;
}

interface OutletBounds extends NatsTarget {
  readonly payloadBytesMax: number;
  readonly warn: (text: string) => void;
}

class NatsOutlet implements SwapOutlet {
  readonly #connection: NatsConnection;
  readonly #publisher: SwapPublisher;
  readonly #backlog: StreamBacklog;
  readonly #bounds: OutletBounds;
  readonly #signal: AbortSignal;
  #waiting: EncodedSwaps[] = [];
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(connection: NatsConnection, given: OutletBounds, signal: AbortSignal) {
    const { windowMax, backlogMax, backlogResume } = given;
    this.#connection = connection;
    this.#bounds = given;
    this.#signal = signal;
    const options = { connection, windowMax, backoff: BACKOFF, random: Math.random };
    this.#publisher = new SwapPublisher({ ...options, onRetry: (fault) => this.#warn(fault) });
    const bounds = { messagesMax: backlogMax, resumeAt: Math.min(backlogResume, backlogMax) };
    this.#backlog = new StreamBacklog(connection, { subject: SWAPS_SUBJECT, ...bounds });
  }

  add(transactions: readonly ChainSwaps[]): void {
    const { payloadBytesMax } = this.#bounds;
    const encoded = transactions.map((chainSwaps) => {
      const id = swapMessageId(chainSwaps);
      const payload = encodeSwapMessage(chainSwaps);
      if (payload.length > payloadBytesMax) throw tooLarge(id, payload, payloadBytesMax);
      return { id, payload };
    });
    // Only when none of the slot is too large: a part of a slot is never handed on.
    this.#waiting.push(...encoded);
  }

  get full(): boolean {
    return this.#waiting.length >= this.#bounds.windowMax;
  }

  get hasRequests(): boolean {
    return this.#publisher.inFlight > 0;
  }

  async flush(): Promise<void> {
    const signal = this.#signal;
    await this.#backlog.belowBound(signal);
    const messages = this.#waiting;
    this.#waiting = [];
    try {
      for (const { id, payload } of messages) {
        await this.#publisher.publish(SWAPS_SUBJECT, id, payload, signal);
      }
    } catch (error) {
      throw ofTheStream(error);
    }
  }

  async drain(): Promise<void> {
    await this.flush();
    await this.#publisher.drain(this.#signal).catch((error: unknown) => {
      throw ofTheStream(error);
    });
  }

  tallies(): Readonly<Record<string, number>> {
    const { pauses, pausedMs, retries, duplicates } = this.#publisher;
    return {
      'publish-pauses': pauses,
      'publish-paused-ms': Math.round(pausedMs),
      'publish-retries': retries,
      'publish-duplicates': duplicates,
      'backlog-pauses': this.#backlog.pauses,
      'backlog-paused-ms': Math.round(this.#backlog.pausedMs),
    };
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** A server that is away makes a fault of every message. */
  #warn(fault: OperatingError): void {
    if (performance.now() - this.#warnedAt < WARNING_MS) return;
    this.#warnedAt = performance.now();
    this.#bounds.warn(`${fault.message}; trying again`);
  }
}

function tooLarge(id: string, { length }: Buffer, max: number): OperatingError {
  return new OperatingError(
    'RECORD_TOO_LARGE',
    `encoding ${id} for ${SWAPS_SUBJECT}: expected at most ${max} bytes, received ${length}`,
    { retryable: false, fields: { id, bytes: length } },
  );
}

/** A stream that takes less than it said when it was asked: no fault of the slot that is read by now. */
function ofTheStream(error: unknown): unknown {
  if (!(error instanceof OperatingError) || error.code !== 'RECORD_TOO_LARGE') return error;
  const { message, fields } = error;
  return new OperatingError('SINK_REFUSED', message, { retryable: false, fields, cause: error });
}
