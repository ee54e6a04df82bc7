import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import {
  CHAIN_ID,
  SWAP_MESSAGE_VERSION,
  SWAPS_SUBJECT,
  type SwapMessage,
} from '../../model/swap-message.ts';
import { hasCode, JETSTREAM_CODES, natsError } from './nats-error.ts';
import { readStream } from './stream-state.ts';

export interface PublishTestResult {
  /** The stream that takes real swaps. */
  readonly swapsStream: string;
  readonly msgId: string;
  readonly bytes: number;
  /** Whether JetStream called each of the publishes a duplicate. */
  readonly duplicates: readonly boolean[];
  readonly stored: number;
  /** From sending to acknowledgement, of each. */
  readonly elapsedMs: readonly number[];
}

/** A stream for the test alone: in the real one the sink would take the message for a swap. */
const TEST_STREAM = 'dex-publish-test';
const TEST_SUBJECT = 'dex.test.swaps';

/** Of an account that nothing is traded with. Source: Solana, the System Program's address. */
const NOBODY = '11111111111111111111111111111111';

/** A signature that says what this is, at a slot before all trade. */
const MESSAGE: SwapMessage = {
  version: SWAP_MESSAGE_VERSION,
  chain_id: CHAIN_ID,
  slot: 0,
  block_time: null,
  signature: 'millrace-publish-test',
  tx_index: 0,
  swaps: [
    {
      position: { outer: 0, inner: null, hop: 0 },
      ...{ program: NOBODY, program_id: NOBODY, route: null, pool: NOBODY, user: NOBODY },
      ...{ mint_in: NOBODY, decimals_in: 0, amount_in: '1', amount_in_net: '1' },
      ...{ mint_out: NOBODY, decimals_out: 0, amount_out: '1', amount_out_net: '1' },
      ...{ base_mint: NOBODY, quote_mint: NOBODY, price: '1', confidence: 'generic' },
    },
  ],
};

/**
 * Publishes a message of swaps twice under one id, in a stream that has the settings of the real one and is taken away
 * again. Nothing of it reaches the swaps.
 * @throws {OperatingError} SINK_REFUSED when no stream takes swaps or the stored message differs; SINK_UNREACHABLE.
 */
export async function publishTest(
  connection: NatsConnection,
  signal: AbortSignal,
): Promise<PublishTestResult> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const swapsStream = await findSwapsStream(manager);
  try {
    await makeTestStream(manager, swapsStream);
    try {
      signal.throwIfAborted();
      return { swapsStream, ...(await publishTwice(connection, manager)) };
    } finally {
      await manager.streams.delete(TEST_STREAM);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw natsError('publishing a test message', error);
  }
}

async function findSwapsStream(manager: JetStreamManager): Promise<string> {
  try {
    const [name] = await manager.streams.names(SWAPS_SUBJECT).next();
    if (name !== undefined) return name;
  } catch (error) {
    throw natsError(`looking for the stream that takes ${SWAPS_SUBJECT}`, error);
  }
  const message = `publishing a test message: expected a stream that takes ${SWAPS_SUBJECT}, received none; run "npx millrace ops jetstream init"`;
  throw new OperatingError('SINK_REFUSED', message, { retryable: false });
}

/** One left by a test that was killed is taken away first. */
async function makeTestStream(manager: JetStreamManager, like: string): Promise<void> {
  await manager.streams.delete(TEST_STREAM).catch((error: unknown) => {
    if (!hasCode(error, JETSTREAM_CODES.streamNotFound)) throw error;
  });
  const state = await readStream(manager, like);
  const { republish: _republish, ...config } = state?.info.config ?? {};
  await manager.streams.add({ ...config, name: TEST_STREAM, subjects: [TEST_SUBJECT] });
}

async function publishTwice(
  connection: NatsConnection,
  manager: JetStreamManager,
): Promise<Omit<PublishTestResult, 'swapsStream'>> {
  const { slot, signature, tx_index } = MESSAGE;
  const msgId = `${CHAIN_ID}:${slot}:${signature}:${tx_index}`;
  const payload = JSON.stringify(MESSAGE);
  const duplicates: boolean[] = [];
  const elapsedMs: number[] = [];
  for (let n = 0; n < 2; n++) {
    const marked = headers();
    marked.set('Msg-Id', msgId);
    const since = performance.now();
    const options = { msgID: msgId, headers: marked };
    const ack = await jetstream(connection).publish(TEST_SUBJECT, payload, options);
    elapsedMs.push(performance.now() - since);
    duplicates.push(ack.duplicate);
  }
  const stored = await manager.streams.getMessage(TEST_STREAM, { seq: 1 });
  if (stored?.string() !== payload) {
    const message = `reading the test message back: expected ${payload}, received ${stored?.string() ?? 'none'}`;
    throw new OperatingError('SINK_REFUSED', message, { retryable: false });
  }
  const { state } = await manager.streams.info(TEST_STREAM);
  return { msgId, bytes: payload.length, duplicates, stored: state.messages, elapsedMs };
}
