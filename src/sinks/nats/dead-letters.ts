import {
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import { DEAD_LETTER_HEADERS, DEAD_LETTER_STREAM, ownHeaders } from './dead-letter.ts';
import { natsError } from './nats-error.ts';
import { type SequenceRange, storedMessages, storedRange } from './stored-messages.ts';

/** A dead letter as it is listed. */
export interface ListedLetter {
  /** In the dead-letter stream: what `retry` takes. */
  readonly sequence: number;
  /** ISO 8601, when it was put there. */
  readonly time: string;
  readonly reason: string;
  readonly stream: string;
  readonly subject: string;
  /** In the stream it came from. */
  readonly originalSequence: number;
  readonly deliveries: number;
  readonly msgId: string | null;
  readonly bytes: number;
}

/** @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED when there is no dead-letter stream. */
export async function* listDeadLetters(
  connection: NatsConnection,
  signal: AbortSignal,
): AsyncGenerator<ListedLetter> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const range = await letterRange(manager);
  for await (const message of storedMessages(manager, DEAD_LETTER_STREAM, range, signal)) {
    yield listedOf(message);
  }
}

/**
 * Publishes dead letters to the subjects they came from, then takes them out of the dead-letter stream. The id is a new
 * one, since the old one may still be known as a duplicate; a retry that is repeated after a crash keeps it.
 * @param wanted sequences of the dead-letter stream, or `all` that are there now.
 * @returns the sequences that were published.
 * @throws {OperatingError} USAGE for a sequence that is no dead letter; SINK_UNREACHABLE, SINK_REFUSED. What was done
 * stays done.
 */
export async function retryDeadLetters(
  connection: NatsConnection,
  wanted: readonly number[] | 'all',
  signal: AbortSignal,
): Promise<readonly number[]> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const retried: number[] = [];
  for await (const message of chosenLetters(manager, wanted, signal)) {
    await retryLetter(connection, message);
    await takeOut(manager, message.seq);
    retried.push(message.seq);
  }
  return retried;
}

async function* chosenLetters(
  manager: JetStreamManager,
  wanted: readonly number[] | 'all',
  signal: AbortSignal,
): AsyncGenerator<StoredMsg> {
  const range = await letterRange(manager);
  if (wanted === 'all') {
    yield* storedMessages(manager, DEAD_LETTER_STREAM, range, signal);
    return;
  }
  for (const sequence of wanted) {
    let found = false;
    const one = { first: sequence, last: sequence };
    for await (const message of storedMessages(manager, DEAD_LETTER_STREAM, one, signal)) {
      found = true;
      yield message;
    }
    if (!found) throw noSuchLetter(sequence);
  }
}

async function retryLetter(connection: NatsConnection, message: StoredMsg): Promise<void> {
  const { sequence, time, subject, msgId } = listedOf(message);
  if (subject === '') throw noSuchLetter(sequence);
  const headers = ownHeaders(message.header);
  for (const name of Object.values(DEAD_LETTER_HEADERS)) headers.delete(name);
  const msgID = `${msgId ?? 'dead'}:retry:${sequence}:${Date.parse(time)}`;
  try {
    await jetstream(connection).publish(subject, message.data, { msgID, headers });
  } catch (error) {
    throw natsError(`publishing dead letter ${sequence} to ${subject}`, error);
  }
}

async function takeOut(manager: JetStreamManager, sequence: number): Promise<void> {
  try {
    await manager.streams.deleteMessage(DEAD_LETTER_STREAM, sequence, false);
  } catch (error) {
    throw natsError(`taking letter ${sequence} out of ${DEAD_LETTER_STREAM}`, error);
  }
}

async function letterRange(manager: JetStreamManager): Promise<SequenceRange> {
  try {
    return storedRange((await manager.streams.info(DEAD_LETTER_STREAM)).state);
  } catch (error) {
    throw natsError(`asking NATS about stream ${DEAD_LETTER_STREAM}`, error);
  }
}

function listedOf(message: StoredMsg): ListedLetter {
  const header = (name: string): string => message.header?.get(name) ?? '';
  return {
    sequence: message.seq,
    time: message.timestamp,
    reason: header(DEAD_LETTER_HEADERS.reason),
    stream: header(DEAD_LETTER_HEADERS.stream),
    subject: header(DEAD_LETTER_HEADERS.subject),
    originalSequence: Number(header(DEAD_LETTER_HEADERS.sequence)),
    deliveries: Number(header(DEAD_LETTER_HEADERS.deliveries)),
    msgId: header(DEAD_LETTER_HEADERS.msgId) || null,
    bytes: message.data.length,
  };
}

function noSuchLetter(sequence: number): OperatingError {
  const message = `retrying dead letter ${sequence}: expected one of those that "npx millrace ops jetstream dead-letter list" shows, received none`;
  return new OperatingError('USAGE', message, { retryable: false, fields: { sequence } });
}
