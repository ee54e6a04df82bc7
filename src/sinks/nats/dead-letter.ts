import { createHash } from 'node:crypto';
import { type JsMsg, jetstream } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { isUnheard, natsError } from './nats-error.ts';
import { unheardError } from './unheard-error.ts';

/** A message that cannot be used, and why. */
export interface DeadLetter {
  /** Where it stood. */
  readonly stream: string;
  readonly subject: string;
  readonly sequence: number;
  /** How often a consumer was given it. */
  readonly deliveries: number;
  readonly msgId: string | null;
  readonly reason: string;
  /** Its own headers; undefined where it has none. */
  readonly headers: MsgHdrs | undefined;
  readonly payload: Uint8Array;
}

export const DEAD_LETTER_STREAM = 'dex-dead-letters';
const DEAD_LETTER_SUBJECTS = 'dex.dead';

/** Headers of a dead letter, by the names people look for. */
export const DEAD_LETTER_HEADERS = {
  reason: 'Millrace-Reason',
  stream: 'Millrace-Stream',
  subject: 'Millrace-Subject',
  sequence: 'Millrace-Sequence',
  deliveries: 'Millrace-Deliveries',
  msgId: 'Millrace-Msg-Id',
} as const;

/** A longer reason is cut: a header is no place for a stack. */
const REASON_CHARACTERS_MAX = 1000;

/** The letter for a message that a consumer was given. */
export function deadLetterOf(message: JsMsg, reason: string): DeadLetter {
  return {
    stream: message.info.stream,
    subject: message.subject,
    sequence: message.info.streamSequence,
    deliveries: message.info.deliveryCount,
    msgId: message.headers?.get('Nats-Msg-Id') || null,
    reason,
    headers: message.headers,
    payload: message.data,
  };
}

/** The headers of the original that are not JetStream's own, and ours about it. */
export function deadLetterHeaders(letter: DeadLetter): MsgHdrs {
  const marked = ownHeaders(letter.headers);
  const reason = letter.reason.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
  marked.set(DEAD_LETTER_HEADERS.reason, reason.slice(0, REASON_CHARACTERS_MAX) || 'none given');
  marked.set(DEAD_LETTER_HEADERS.stream, letter.stream);
  marked.set(DEAD_LETTER_HEADERS.subject, letter.subject);
  marked.set(DEAD_LETTER_HEADERS.sequence, String(letter.sequence));
  marked.set(DEAD_LETTER_HEADERS.deliveries, String(letter.deliveries));
  if (letter.msgId !== null) marked.set(DEAD_LETTER_HEADERS.msgId, letter.msgId);
  return marked;
}

/**
 * Puts the message into the dead-letter stream, payload untouched; resolves when the stream has stored it. Doing so again
 * for the same message, after a crash, stores nothing. Only then may the original be acknowledged or deleted.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED, RECORD_TOO_LARGE.
 */
export async function publishDeadLetter(
  connection: NatsConnection,
  letter: DeadLetter,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { stream, sequence, msgId, payload } = letter;
  // A stream that was made anew gives the same sequences to others, which may have no ids of their own.
  const digest = createHash('sha256').update(payload).digest('hex');
  const options = {
    msgID: `dead:${stream}:${sequence}:${digest}:${msgId ?? ''}`,
    headers: deadLetterHeaders(letter),
  };
  const subject = `${DEAD_LETTER_SUBJECTS}.${stream}`;
  try {
    await jetstream(connection).publish(subject, payload, options);
  } catch (error) {
    const attempted = `putting message ${sequence} of ${stream} among the dead letters`;
    if (isUnheard(error)) throw await unheardError(connection, { attempted, subject }, error);
    throw natsError(attempted, error);
  }
}

/** A copy without what JetStream reads from headers: ids, expectations, origins. */
export function ownHeaders(original: MsgHdrs | undefined): MsgHdrs {
  const kept = headers();
  for (const [name, values] of original ?? []) {
    if (/^nats-/i.test(name)) continue;
    for (const value of values) kept.append(name, value);
  }
  return kept;
}
