import type { ConsumerInfo, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { hasCode, JETSTREAM_CODES, natsError } from './nats-error.ts';
import type { StreamDefinition, StreamSettings } from './stream-definitions.ts';

/** A stream as the server has it. */
export interface StreamState {
  readonly info: StreamInfo;
  readonly consumers: readonly ConsumerInfo[];
}

/** Copies that survive the loss of one server. */
const REPLICAS_WHEN_CLUSTERED = 3;

/**
 * Copies that streams should have: three as soon as there are three servers, since that many are told about in
 * `connect_urls`.
 */
export function replicasFor(connection: NatsConnection): number {
  const { info } = connection;
  if (info?.cluster === undefined) return 1;
  const servers = new Set(info.connect_urls ?? []);
  return servers.size >= REPLICAS_WHEN_CLUSTERED ? REPLICAS_WHEN_CLUSTERED : 1;
}

/** The settings that a stream should have on this server. */
export function settingsFor({ stream }: StreamDefinition, replicas: number): StreamSettings {
  return { ...stream, num_replicas: Math.max(stream.num_replicas, replicas) };
}

/** @returns null when there is no such stream. @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED. */
export async function readStream(
  manager: JetStreamManager,
  name: string,
): Promise<StreamState | null> {
  try {
    const info = await manager.streams.info(name);
    const consumers: ConsumerInfo[] = [];
    for await (const consumer of manager.consumers.list(name)) consumers.push(consumer);
    return { info, consumers };
  } catch (error) {
    if (hasCode(error, JETSTREAM_CODES.streamNotFound)) return null;
    throw natsError(`asking NATS about stream ${name}`, error);
  }
}
