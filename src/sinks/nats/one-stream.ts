import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import { hasCode, JETSTREAM_CODES, natsError } from './nats-error.ts';
import { readStream, type StreamState } from './stream-state.ts';

/** @throws {OperatingError} USAGE when there is no such stream; SINK_UNREACHABLE, SINK_REFUSED. */
export async function streamInfo(connection: NatsConnection, name: string): Promise<StreamState> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const state = await readStream(manager, name);
  if (state === null) throw noSuchStream(name);
  return state;
}

/** Drops all messages of a stream. @returns how many. @throws as `streamInfo`. */
export async function purgeStream(connection: NatsConnection, name: string): Promise<number> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  try {
    return (await manager.streams.purge(name)).purged;
  } catch (error) {
    throw streamFault(`purging stream ${name}`, name, error);
  }
}

/** Takes a stream away with its messages and consumers. @throws as `streamInfo`. */
export async function deleteStream(connection: NatsConnection, name: string): Promise<void> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  try {
    await manager.streams.delete(name);
  } catch (error) {
    throw streamFault(`deleting stream ${name}`, name, error);
  }
}

function streamFault(attempted: string, name: string, error: unknown): OperatingError {
  if (hasCode(error, JETSTREAM_CODES.streamNotFound)) return noSuchStream(name);
  return natsError(attempted, error);
}

function noSuchStream(stream: string): OperatingError {
  const message = `looking for stream ${stream}: expected one of that name, received none; "npx millrace ops jetstream report" lists them`;
  return new OperatingError('USAGE', message, { retryable: false, fields: { stream } });
}
