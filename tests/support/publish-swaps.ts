import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ChainSwaps } from '../../src/model/swap.ts';
import { SWAPS_SUBJECT } from '../../src/model/swap-message.ts';
import { encodeSwapMessage, swapMessageId } from '../../src/pipelines/swaps/swap-message.ts';

/** Publishes one message a transaction, in the given order; resolves when the stream has all of them. */
export async function publishSwaps(
  connection: NatsConnection,
  swaps: readonly ChainSwaps[],
  idOf: (swaps: ChainSwaps) => string = swapMessageId,
): Promise<void> {
  const stream = jetstream(connection);
  await Promise.all(
    swaps.map((one) => stream.publish(SWAPS_SUBJECT, encodeSwapMessage(one), { msgID: idOf(one) })),
  );
}

/** Publishes what is no message of swaps. */
export async function publishRaw(connection: NatsConnection, payload: string | Uint8Array) {
  return jetstream(connection).publish(SWAPS_SUBJECT, payload);
}
