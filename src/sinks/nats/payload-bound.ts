import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import { natsError } from './nats-error.ts';

/** Room for the headers of a dead letter: a message of ours can always be put there whole. */
export const HEADER_BYTES_RESERVE = 4096;

/**
 * The most bytes of payload that the server, and the stream that takes the subject, would take now.
 * @throws {OperatingError} SINK_REFUSED where no stream takes it, SINK_UNREACHABLE.
 */
export async function findPayloadBound(
  connection: NatsConnection,
  subject: string,
): Promise<number> {
  const attempted = `asking NATS about the stream of ${subject}`;
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const [stream] = await manager.streams.names(subject).next();
    if (stream === undefined) {
      const text = `${attempted}: expected one, received none; run "npx millrace ops jetstream init"`;
      throw new OperatingError('SINK_REFUSED', text, { retryable: false });
    }
    const { config } = await manager.streams.info(stream);
    const bounds = [config.max_msg_size, connection.info?.max_payload ?? 0].filter((n) => n > 0);
    return Math.min(...bounds) - HEADER_BYTES_RESERVE;
  } catch (error) {
    throw natsError(attempted, error);
  }
}
