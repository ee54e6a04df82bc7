import { type JetStreamManager, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { OperatingError } from '../../core/errors.ts';
import { publishDeadLetter } from './dead-letter.ts';
import { hasCode, JETSTREAM_CODES, natsError } from './nats-error.ts';

export interface SweepResult {
  /** Messages that were put among the dead letters and taken out of their stream. */
  readonly moved: number;
  /** Messages that were not there any more: acknowledged late, or moved before. */
  readonly gone: number;
  /** Messages that are too long to carry a reason as well on this server; they are tried again later. */
  readonly tooLong: number;
  /** Advisories that are not settled yet: about messages that were too long, now or before. */
  readonly left: number;
}

type Fate = 'moved' | 'gone' | 'tooLong';

const ADVISORY_STREAM = 'dex-advisories';
const SWEEP_CONSUMER = 'dead-letter-sweep';
/** Advisories asked for at once. */
const BATCH_MAX = 100;
const BATCH_EXPIRES_MS = 5_000;
/** Somebody may raise the server's `max_payload` meanwhile. */
const TOO_LONG_AGAIN_MS = 3_600_000;

/** What is read of it. Source: nats-server, `JSConsumerDeliveryExceededAdvisory`. */
const advisorySchema = z.object({
  stream: z.string(),
  consumer: z.string(),
  stream_seq: z.int().min(1),
  deliveries: z.int().min(0),
  timestamp: z.iso.datetime(),
});

/**
 * Moves every message whose deliveries are used up to the dead letters: on a work queue it would lie there until it is
 * too old. The server writes the advisories into a stream, so none is missed while nobody sweeps.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED; what was done stays done.
 */
export async function sweepAdvisories(
  connection: NatsConnection,
  signal: AbortSignal,
): Promise<SweepResult> {
  const result = { moved: 0, gone: 0, tooLong: 0 };
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const consumer = await jetstream(connection).consumers.get(ADVISORY_STREAM, SWEEP_CONSUMER);
    for (;;) {
      signal.throwIfAborted();
      const { num_pending: waiting, num_ack_pending: left } = await consumer.info();
      if (waiting === 0) return { ...result, left };
      const wanted = Math.min(waiting, BATCH_MAX);
      const batch = await consumer.fetch({ max_messages: wanted, expires: BATCH_EXPIRES_MS });
      for await (const advisory of batch) {
        signal.throwIfAborted();
        const fate = await fateOf(moveMessage({ connection, manager }, advisory, signal));
        result[fate]++;
        if (fate === 'tooLong') advisory.nak(TOO_LONG_AGAIN_MS);
        else await advisory.ackAck();
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw natsError('moving messages whose deliveries are used up', error);
  }
}

/** One message that cannot be moved does not keep the others from it. */
async function fateOf(moving: Promise<boolean>): Promise<Fate> {
  try {
    return (await moving) ? 'moved' : 'gone';
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'RECORD_TOO_LARGE') return 'tooLong';
    throw error;
  }
}

/** @returns false when there is nothing to move any more. */
async function moveMessage(
  nats: { readonly connection: NatsConnection; readonly manager: JetStreamManager },
  advisory: JsMsg,
  signal: AbortSignal,
): Promise<boolean> {
  const parsed = advisorySchema.safeParse(jsonOf(advisory));
  if (!parsed.success) return false;
  const { stream, consumer, stream_seq: sequence, deliveries, timestamp } = parsed.data;
  const stored = await getMessage(nats.manager, stream, sequence);
  if (stored === null) return false;
  // A stream that was made anew gives the same sequences to others.
  if (Date.parse(stored.timestamp) > Date.parse(timestamp)) return false;
  const reason = `consumer ${consumer} was given it ${deliveries} times and never acknowledged it`;
  const msgId = stored.header?.get('Nats-Msg-Id') || null;
  await publishDeadLetter(
    nats.connection,
    {
      ...{ stream, subject: stored.subject, sequence, deliveries, msgId, reason },
      ...{ headers: stored.header, payload: stored.data },
    },
    signal,
  );
  await deleteMessage(nats.manager, stream, sequence);
  return true;
}

function jsonOf(message: JsMsg): unknown {
  try {
    return message.json();
  } catch {
    return null;
  }
}

/** @returns null for a message or a whole stream that is gone. */
async function getMessage(manager: JetStreamManager, stream: string, seq: number) {
  try {
    return await manager.streams.getMessage(stream, { seq });
  } catch (error) {
    if (hasCode(error, JETSTREAM_CODES.streamNotFound)) return null;
    throw error;
  }
}

/** Somebody may have acknowledged it in this very moment. */
async function deleteMessage(
  manager: JetStreamManager,
  stream: string,
  seq: number,
): Promise<void> {
  try {
    await manager.streams.deleteMessage(stream, seq, false);
  } catch (error) {
    const left = await getMessage(manager, stream, seq);
    if (left !== null) throw error;
  }
}
