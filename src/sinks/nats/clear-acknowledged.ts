import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { natsError } from './nats-error.ts';

export interface WorkQueue {
  readonly stream: string;
  /** The only one that takes from it. */
  readonly consumer: string;
}

/**
 * Takes out of a work queue what its consumer has acknowledged. A server does so itself, but one that was killed
 * may remember the acknowledgement and not the removal: such a message is never delivered again, and never gone.
 *
 * The consumer's ack floor tells what that is, but it passes a message whose deliveries are used up, too. The server
 * notes such a message before, so what the floor has passed is taken out by the next `clear`; between the two
 * whoever calls has to move what was noted to where it is safe.
 */
export class AcknowledgedMessages {
  readonly #connection: NatsConnection;
  readonly #queue: WorkQueue;
  #passed = 0;

  constructor(connection: NatsConnection, queue: WorkQueue) {
    this.#connection = connection;
    this.#queue = queue;
  }

  /**
   * @returns how many messages were taken out.
   * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED where the stream or the consumer is gone.
   */
  async clear(): Promise<number> {
    const { stream, consumer } = this.#queue;
    try {
      const manager = await jetstreamManager(this.#connection, { checkAPI: false });
      const floor = (await manager.consumers.info(stream, consumer)).ack_floor.stream_seq;
      // A stream that was made anew meanwhile counts from the start again, and so does its consumer.
      const last = Math.min(this.#passed, floor);
      this.#passed = floor;
      const { state } = await manager.streams.info(stream);
      if (state.messages === 0 || state.first_seq > last) return 0;
      const { purged } = await manager.streams.purge(stream, { seq: last + 1 });
      return purged;
    } catch (error) {
      throw natsError(`clearing ${stream} of what ${consumer} has acknowledged`, error);
    }
  }
}
