import { type ConsumerInfo, jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { natsError } from './nats-error.ts';

export interface ConsumerReport {
  readonly name: string;
  /** Messages it was not given yet. */
  readonly waiting: number;
  /** Messages it was given and has not acknowledged. */
  readonly unacknowledged: number;
  /** Of those, messages that it was given more than once. */
  readonly redelivered: number;
  /** Requests for messages that the server holds open: 0 where nobody reads. */
  readonly readers: number;
}

export interface StreamReport {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: string;
  readonly messages: number;
  readonly bytes: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** ISO 8601 of the oldest message; null where there is none. */
  readonly oldest: string | null;
  readonly replicas: number;
  /** Of the cluster; null on a single server. */
  readonly leader: string | null;
  /** Replicas that are behind or away. */
  readonly lagging: readonly string[];
  readonly consumers: readonly ConsumerReport[];
}

/** Every stream on the server, by name. @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED. */
export async function reportStreams(
  connection: NatsConnection,
  signal: AbortSignal,
): Promise<readonly StreamReport[]> {
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const reports: StreamReport[] = [];
    for await (const info of manager.streams.list()) {
      signal.throwIfAborted();
      const consumers: ConsumerReport[] = [];
      for await (const consumer of manager.consumers.list(info.config.name)) {
        consumers.push(consumerReport(consumer));
      }
      reports.push(streamReport(info, consumers));
    }
    return reports.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    signal.throwIfAborted();
    throw natsError('asking NATS about its streams', error);
  }
}

function streamReport(info: StreamInfo, consumers: readonly ConsumerReport[]): StreamReport {
  const { config, state, cluster } = info;
  const lagging = (cluster?.replicas ?? []).filter(({ current, offline }) => !current || offline);
  return {
    name: config.name,
    subjects: config.subjects ?? [],
    retention: config.retention,
    messages: state.messages,
    bytes: state.bytes,
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
    oldest: state.messages === 0 ? null : state.first_ts,
    replicas: config.num_replicas,
    leader: config.num_replicas > 1 ? (cluster?.leader ?? null) : null,
    lagging: lagging.map(({ name }) => name),
    consumers,
  };
}

function consumerReport(info: ConsumerInfo): ConsumerReport {
  return {
    name: info.name,
    waiting: info.num_pending,
    unacknowledged: info.num_ack_pending,
    redelivered: info.num_redelivered,
    readers: info.num_waiting,
  };
}
