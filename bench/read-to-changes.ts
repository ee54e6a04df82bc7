import { StreamDecoder } from '../src/decode/atproto/stream-decoder.ts';
import type { StreamEndpoint } from '../src/model/stream-frame.ts';
import { FrameQueue } from '../src/sources/jetstream/frame-queue.ts';
import { StreamClient } from '../src/sources/jetstream/stream-client.ts';
import { benchInterpreter } from './bench-collections.ts';

/** As the indexer has them when nobody sets them. */
const BATCH = 500;
const QUEUE = { pauseAt: 1000, resumeAt: 100, capacity: 2000, bytesMax: 2 ** 26 };
const TIMING = {
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  pauseMaxMs: 30_000,
  stableMs: 5_000,
};

/** The indexer's way from a socket to changes, without what stores them. */
export async function readToChanges(
  endpoint: StreamEndpoint,
  onEvent: (used: boolean) => void,
): Promise<void> {
  const interpreter = benchInterpreter();
  const decoder = new StreamDecoder({ wants: (collection) => interpreter.wants(collection) });
  const queue = new FrameQueue(QUEUE);
  const never = new AbortController().signal;
  const client = new StreamClient({
    ...{ endpoints: [endpoint], queue, collections: [], dids: [], compress: false },
    ...{ messageBytesMax: 2 ** 22, positionOf: () => null, from: null, timing: TIMING },
    ...{ attemptsMax: 1, random: Math.random, onEvent: () => {} },
  });
  const reading = client.run(never);
  const handling = (async () => {
    while (true) {
      for (const frame of await queue.take(BATCH, never)) {
        const { events, rejects, unwanted } = decoder.decode(frame);
        for (const event of events) onEvent(isChange(interpreter.interpret(event)));
        for (let left = rejects.length + unwanted; left > 0; left--) onEvent(false);
      }
    }
  })();
  await Promise.all([reading, handling]);
}

function isChange(outcome: object | null): boolean {
  return outcome !== null && !('reason' in outcome);
}
