import {
  type ConsumerConfig,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import type { BackupManifest, BackupRecord } from './backup-format.ts';
import { natsError } from './nats-error.ts';
import { checkBackup, readRecords } from './read-backup.ts';
import { readStream, replicasFor, type StreamState } from './stream-state.ts';

export interface RestoreOptions {
  readonly folder: string;
  /** Also where the stream holds messages; they are gone then. */
  readonly overwrite: boolean;
}

export interface RestoreResult {
  readonly stream: string;
  readonly messages: number;
  readonly consumers: readonly string[];
}

/** Messages sent and not yet acknowledged; one connection keeps their order. */
const WINDOW_MAX = 256;
const WINDOW_BYTES_MAX = 16 * 2 ** 20;
const ACK_TIMEOUT_MS = 10_000;
const MSG_ID = 'Nats-Msg-Id';

/**
 * Brings the messages of a backup back, in their order under the same ids. Where the stream is there, its settings are
 * kept, and its consumers where it has any, else those of the backup are used. Sequences and times are those of the restoring. The backup is
 * checked as a whole first. The stream is made anew in any case: it would still know the ids of messages that it no
 * longer holds, and call ours duplicates.
 * @throws {OperatingError} CONFIG for a backup that is not whole, before anything is touched; USAGE where the stream
 * holds messages and is not to be overwritten; SINK_UNREACHABLE, SINK_REFUSED: then run it again with overwrite.
 */
export async function restoreStream(
  connection: NatsConnection,
  { folder, overwrite }: RestoreOptions,
  signal: AbortSignal,
): Promise<RestoreResult> {
  const manifest = await checkBackup(folder, signal);
  const { name } = manifest.stream;
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const present = await readStream(manager, name);
  if (present !== null && present.info.state.messages > 0 && !overwrite) {
    throw holdsMessages(name, present.info.state.messages);
  }
  const consumers = consumersFor(manifest, present);
  signal.throwIfAborted();
  try {
    await makeAnew(connection, manager, { manifest, present });
    const messages = await publishAll(connection, folder, signal);
    for (const consumer of consumers) await manager.consumers.add(name, consumer);
    return { stream: name, messages, consumers: consumers.map((one) => String(one.name)) };
  } catch (error) {
    signal.throwIfAborted();
    throw natsError(`restoring stream ${name}`, error);
  }
}

async function makeAnew(
  connection: NatsConnection,
  manager: JetStreamManager,
  from: { readonly manifest: BackupManifest; readonly present: StreamState | null },
): Promise<void> {
  const { manifest, present } = from;
  if (present !== null) {
    await manager.streams.delete(manifest.stream.name);
    await manager.streams.add(present.info.config);
    return;
  }
  // The backup may come from a cluster, and this be a single server.
  const settings = { ...manifest.stream, num_replicas: replicasFor(connection) };
  await manager.streams.add(settings as unknown as StreamConfig);
}

/**
 * Ephemeral ones belong to somebody who is connected now, and makes them again. A restore that was broken off left a
 * stream without any.
 */
function consumersFor(
  manifest: BackupManifest,
  present: StreamState | null,
): readonly Partial<ConsumerConfig>[] {
  const durable = (present?.consumers ?? [])
    .filter(({ config }) => config.durable_name !== undefined)
    .map(({ name, config }) => ({ ...config, name }));
  return durable.length > 0 ? durable : (manifest.consumers as readonly Partial<ConsumerConfig>[]);
}

async function publishAll(
  connection: NatsConnection,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const client = jetstream(connection, { timeout: ACK_TIMEOUT_MS });
  let window: Promise<void>[] = [];
  let windowBytes = 0;
  let messages = 0;
  for await (const record of readRecords(folder, signal)) {
    signal.throwIfAborted();
    const sent = publish(client, record);
    // Heard at the end of the window; until then a failure is nobody's.
    sent.catch(() => {});
    window.push(sent);
    windowBytes += record.payload.length;
    messages++;
    if (window.length < WINDOW_MAX && windowBytes < WINDOW_BYTES_MAX) continue;
    await Promise.all(window);
    window = [];
    windowBytes = 0;
  }
  await Promise.all(window);
  return messages;
}

/**
 * Two messages of the stream may share an id, when they came more than a duplicate window apart. Now they come in one
 * window, so the second gets an id of its own.
 */
async function publish(client: JetStreamClient, record: BackupRecord): Promise<void> {
  const { subject, sequence } = record.facts;
  const restored = headersOf(record.facts);
  const ack = await client.publish(subject, record.payload, { headers: restored });
  if (!ack.duplicate) return;
  const msgID = `${restored.get(MSG_ID)}:restored:${sequence}`;
  restored.delete(MSG_ID);
  await client.publish(subject, record.payload, { headers: restored, msgID });
}

/** What the message expected of the stream was true then; now it would be refused for it. */
function headersOf({ headers: pairs }: BackupRecord['facts']): MsgHdrs {
  const restored = headers();
  for (const [name, values] of pairs) {
    if (/^nats-expected-/i.test(name)) continue;
    for (const value of values) restored.append(name, value);
  }
  return restored;
}

function holdsMessages(stream: string, messages: number): OperatingError {
  const text = `restoring stream ${stream}: expected no stream of that name, or an empty one, received one with ${messages} messages; back it up, then give --overwrite to replace it`;
  return new OperatingError('USAGE', text, { retryable: false, fields: { stream, messages } });
}
