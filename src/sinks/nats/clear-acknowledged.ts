import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { natsError } from './nats-error.ts';

/**
 * Takes out of a work queue what its only consumer has acknowledged. A server does so itself, but one that was killed
 * may remember the acknowledgement and not the removal: such a message is never delivered again, and never gone.
 * @returns how many there were.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED where the stream or the consumer is gone.
 */
export async function clearAcknowledged(
  connection: NatsConnection,
  stream: string,
  consumer: string,
): Promise<number> {
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const { ack_floor } = await manager.consumers.info(stream, consumer);
    const { state } = await manager.streams.info(stream);
    if (state.messages === 0 || state.first_seq > ack_floor.stream_seq) return 0;
    const { purged } = await manager.streams.purge(stream, { seq: ack_floor.stream_seq + 1 });
    return purged;
  } catch (error) {
    throw natsError(`clearing ${stream} of what ${consumer} has acknowledged`, error);
  }
}
