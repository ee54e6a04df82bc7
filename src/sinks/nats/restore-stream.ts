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
import { readStream, replicasFor } from './stream-state.ts';

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
 * Makes the stream of a backup anew, with its settings, its messages in their order under the same ids, and its
 * consumers. Sequences and times are those of the restoring. The backup is checked as a whole first. A stream of the
 * name is taken away before: it would still know the ids of messages it no longer holds, and call ours duplicates.
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
  signal.throwIfAborted();
  try {
    if (present !== null) await manager.streams.delete(name);
    const replicas = Math.max(1, replicasFor(connection));
    await manager.streams.add({ ...manifest.stream, num_replicas: replicas } as StreamConfig);
    const messages = await publishAll(connection, folder, signal);
    const consumers = await addConsumers(manager, manifest);
    return { stream: name, messages, consumers };
  } catch (error) {
    signal.throwIfAborted();
    throw natsError(`restoring stream ${name}`, error);
  }
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

async function addConsumers(
  manager: JetStreamManager,
  { stream, consumers }: BackupManifest,
): Promise<readonly string[]> {
  for (const consumer of consumers) {
    await manager.consumers.add(stream.name, consumer as Partial<ConsumerConfig>);
  }
  return consumers.map(({ name }) => name);
}

function holdsMessages(stream: string, messages: number): OperatingError {
  const text = `restoring stream ${stream}: expected no stream of that name, or an empty one, received one with ${messages} messages; back it up, then give --overwrite to replace it`;
  return new OperatingError('USAGE', text, { retryable: false, fields: { stream, messages } });
}
