import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import { natsError } from './nats-error.ts';

/** Nobody took a message: a leader is being elected, which passes, or there is no such stream, which does not. */
export async function unheardError(
  connection: NatsConnection,
  { attempted, subject }: { readonly attempted: string; readonly subject: string },
  cause: unknown,
): Promise<OperatingError> {
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const names = await manager.streams.names(subject).next();
    if (names.length > 0) return natsError(attempted, cause);
  } catch (error) {
    return natsError(attempted, error);
  }
  const text = `${attempted}: expected a stream that takes it, received none; run "npx millrace ops jetstream init"`;
  return new OperatingError('SINK_REFUSED', text, { retryable: false, cause });
}
