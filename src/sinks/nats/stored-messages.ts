import type { JetStreamManager, StoredMsg, StreamState } from '@nats-io/jetstream';
import { natsError } from './nats-error.ts';

/** Messages asked for at once; each may be as long as the server allows. */
const READS_IN_FLIGHT = 64;

/** Sequences, both inclusive; `last` is below `first` where there is none. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

/** What a stream holds at this moment. A stream that never held anything calls its first sequence 0. */
export function storedRange({ messages, first_seq, last_seq }: StreamState): SequenceRange {
  return { first: Math.max(1, first_seq), last: messages === 0 ? 0 : last_seq };
}

/**
 * The messages of a stream with sequences from `first` to `last`, in order, without a consumer: a work queue allows no
 * second one. What is deleted meanwhile is left out.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED.
 */
export async function* storedMessages(
  manager: JetStreamManager,
  stream: string,
  { first, last }: SequenceRange,
  signal: AbortSignal,
): AsyncGenerator<StoredMsg> {
  for (let from = first; from <= last; ) {
    signal.throwIfAborted();
    const count = Math.min(READS_IN_FLIGHT, last - from + 1);
    const asked = Array.from({ length: count }, (_, n) => read(manager, stream, { seq: from + n }));
    const found = (await Promise.all(asked)).filter((message) => message !== null);
    yield* found;
    from += count;
    if (found.length > 0 || from > last) continue;
    // A gap of acknowledged messages may be millions long.
    const next = await read(manager, stream, { seq: from, next_by_subj: '>' });
    if (next === null) return;
    from = next.seq;
  }
}

async function read(
  manager: JetStreamManager,
  stream: string,
  query: { readonly seq: number; readonly next_by_subj?: string },
): Promise<StoredMsg | null> {
  try {
    return await manager.streams.getMessage(stream, query);
  } catch (error) {
    throw natsError(`reading message ${query.seq} of stream ${stream}`, error);
  }
}
