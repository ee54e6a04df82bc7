import type { NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import type { ChainSwaps } from '../../model/swap.ts';
import { SWAPS_SUBJECT } from '../../model/swap-message.ts';
import type { NatsTarget } from '../../model/swaps-task.ts';
import { connectNats } from '../../sinks/nats/connect-nats.ts';
import { SwapPublisher } from '../../sinks/nats/publisher.ts';
import { StreamBacklog } from '../../sinks/nats/stream-backlog.ts';
import { encodeSwapMessage, swapMessageId } from './swap-message.ts';
import type { SwapOutlet } from './swap-outlet.ts';

const BACKOFF = { firstMs: 50, maxMs: 5_000 };
/** What `dex-swaps` takes at most, headers included (its `max_msg_size`). */
const MESSAGE_BYTES_MAX = 2 ** 20;
const HEADER_BYTES_RESERVE = 4096;

/**
 * One message a transaction on `dex.sol.swaps`. Messages that wait for room are held here; reading goes on when the
 * stream has acknowledged enough of them and the sink behind it is not too far back.
 */
export async function openNatsOutlet(target: NatsTarget, signal: AbortSignal): Promise<SwapOutlet> {
  const connection = await connectNats(target.link, signal);
  return new NatsOutlet(connection, target, signal);
}

interface EncodedSwaps {
  readonly id: string;
  readonly payload: Buffer;
}

class NatsOutlet implements SwapOutlet {
  readonly #connection: NatsConnection;
  readonly #publisher: SwapPublisher;
  readonly #backlog: StreamBacklog;
  readonly #windowMax: number;
  readonly #signal: AbortSignal;
  #waiting: EncodedSwaps[] = [];

  constructor(connection: NatsConnection, target: NatsTarget, signal: AbortSignal) {
    const { windowMax, backlogMax, backlogResume } = target;
    this.#connection = connection;
    this.#windowMax = windowMax;
    this.#signal = signal;
    const options = { connection, windowMax, backoff: BACKOFF, random: Math.random };
    this.#publisher = new SwapPublisher({ ...options, onPause: () => {} });
    const bounds = { messagesMax: backlogMax, resumeAt: Math.min(backlogResume, backlogMax) };
    this.#backlog = new StreamBacklog(connection, { subject: SWAPS_SUBJECT, ...bounds });
  }

  /** @throws {OperatingError} RECORD_TOO_LARGE where the stream could not take the message. */
  add(chainSwaps: ChainSwaps): void {
    const id = swapMessageId(chainSwaps);
    const payload = encodeSwapMessage(chainSwaps);
    if (payload.length + HEADER_BYTES_RESERVE > MESSAGE_BYTES_MAX) throw tooLarge(id, payload);
    this.#waiting.push({ id, payload });
  }

  get full(): boolean {
    return this.#waiting.length >= this.#windowMax;
  }

  get hasRequests(): boolean {
    return this.#publisher.inFlight > 0;
  }

  async flush(): Promise<void> {
    const signal = this.#signal;
    await this.#backlog.belowBound(signal);
    const messages = this.#waiting;
    this.#waiting = [];
    for (const { id, payload } of messages) {
      await this.#publisher.publish(SWAPS_SUBJECT, id, payload, signal);
    }
  }

  async drain(): Promise<void> {
    await this.flush();
    await this.#publisher.drain(this.#signal);
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
}

function tooLarge(id: string, payload: Buffer): OperatingError {
  const max = MESSAGE_BYTES_MAX - HEADER_BYTES_RESERVE;
  return new OperatingError(
    'RECORD_TOO_LARGE',
    `encoding ${id} for ${SWAPS_SUBJECT}: expected at most ${max} bytes, received ${payload.length}`,
    { retryable: false, fields: { id, bytes: payload.length } },
  );
}
