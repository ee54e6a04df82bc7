import assert from 'node:assert/strict';
import { StreamDecoder } from '../src/decode/atproto/stream-decoder.ts';
import type { CommitEvent, StreamEvent } from '../src/model/stream-event.ts';
import { corpusCut, type FirehoseCorpus, wholeCorpus } from '../tests/support/firehose-corpus.ts';
import { commitFrame } from '../tests/support/firehose-made.ts';
import { compressText } from '../tests/support/jetstream-wire.ts';
import { madeEvents } from './made-events.ts';

/** The same events in each of the forms that they travel in. */
export interface ReplayedStream {
  readonly name: string;
  readonly events: number;
  /** Jetstream's JSON. */
  readonly lines: readonly Buffer[];
  /** The same compressed with the first dictionary. */
  readonly compressed: readonly Buffer[];
  /** A relay's messages, which may hold several events. */
  readonly frames: readonly Buffer[];
}

/** Made events beside the recorded ones: nobody has recorded any of `app.subcult.*`. */
const MADE = 150;

/** What was recorded and as many made events. */
export function wholeStream(): ReplayedStream {
  return withMade('all collections', wholeCorpus() ?? corpusCut());
}

/** The part of it that a server sends to whoever wants these collections; no server of relay frames does so. */
export function wantedStream(wants: (collection: string) => boolean): ReplayedStream {
  const corpus = wholeCorpus() ?? corpusCut();
  const isWanted = corpus.lines.map((line) => {
    const event = JSON.parse(line) as StreamEvent;
    return event.kind !== 'commit' || wants(event.commit.collection);
  });
  const decoder = new StreamDecoder({ wants });
  const endpoint = { url: 'wss://recorded.example', protocol: 'firehose' } as const;
  const eventsOf = (data: Buffer): number =>
    decoder.decode({ data, binary: true, receivedAtMs: 0, endpoint }).events.length;
  const stream = withMade('wanted collections', {
    lines: corpus.lines.filter((_, index) => isWanted[index]),
    compressed: corpus.compressed.filter((_, index) => isWanted[index]),
    frames: corpus.frames.filter((frame) => eventsOf(frame) > 0),
  });
  const inFrames = stream.frames.reduce((sum, frame) => sum + eventsOf(frame), 0);
  assert.equal(inFrames, stream.events, 'frames and lines tell of the same events');
  return stream;
}

function withMade(name: string, recorded: FirehoseCorpus): ReplayedStream {
  const made = madeEvents(MADE);
  const madeLines = made.map((event) => JSON.stringify(event));
  return {
    name: `${name}: ${recorded.lines.length} events recorded, ${MADE} made`,
    events: recorded.lines.length + MADE,
    lines: [...recorded.lines, ...madeLines].map((line) => Buffer.from(line)),
    compressed: [...recorded.compressed, ...madeLines.map((line) => compressText(line, 'v1'))],
    frames: [...recorded.frames, ...made.map(frameOfEvent)],
  };
}

function frameOfEvent({ did, time_us: timeUs, commit }: CommitEvent, index: number): Buffer {
  const { operation: action, collection, rkey, rev } = commit;
  const record = commit.operation === 'delete' ? undefined : commit.record;
  const time = new Date(timeUs / 1000).toISOString();
  const ops = [{ action, path: `${collection}/${rkey}`, record }];
  return commitFrame({ repo: did, rev, seq: index + 1, time, ops });
}
