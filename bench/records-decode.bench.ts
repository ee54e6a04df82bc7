import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { StreamDecoder } from '../src/decode/atproto/stream-decoder.ts';
import type { StreamProtocol } from '../src/model/stream-frame.ts';
import { corpusCut, wholeCorpus } from '../tests/support/firehose-corpus.ts';
import { decodeByAtcute } from './atcute-firehose.ts';
import { printMachine, type Timed, type TimedContestant, timeInterleaved } from './timed-rounds.ts';

/**
 * Events per second of CPU from frame to checked event: Jetstream's JSON, the same compressed, and a relay's frames
 * with all collections wanted and with none. Beside them, in the same rounds, bare `JSON.parse`, zlib and
 * `JSON.parse`, and a decoder made of @atcute/cbor and @atcute/car, which reads every record. On the 150 recorded frames where they are at
 * hand, else on the cut of twelve.
 */

const ROUNDS = 15;
/** So that one round of a contestant takes some tens of milliseconds. */
const FRAMES_A_ROUND = 6000;

const corpus = wholeCorpus() ?? corpusCut();
const lines = corpus.lines.map((line) => Buffer.from(line));
const dictionary = readFileSync(
  new URL('../src/decode/atproto/dictionaries/legacy_subscribe.zdict', import.meta.url),
);
const wanting = new StreamDecoder({ wants: () => true });
const unwanting = new StreamDecoder({ wants: (collection) => collection === 'app.subcult.scene' });
/** What contestants make, so that none of it can be left out as unused. */
let made = 0;

function contestant(
  name: string,
  frames: readonly Buffer[],
  work: (frame: Buffer) => number,
): TimedContestant {
  const repeats = Math.ceil(FRAMES_A_ROUND / frames.length);
  const run = async (): Promise<void> => {
    for (let left = repeats; left > 0; left--) {
      for (const frame of frames) made += work(frame);
    }
  };
  return { name, units: repeats * corpus.lines.length, work: run };
}

function decodeWith(decoder: StreamDecoder, protocol: StreamProtocol, binary: boolean) {
  const endpoint = { url: 'wss://recorded.example', protocol };
  return (data: Buffer): number => {
    const frame = decoder.decode({ data, binary, receivedAtMs: 0, endpoint });
    if (frame.rejects.length > 0) throw new Error(frame.rejects[0]?.detail);
    return frame.events.length + frame.unwanted;
  };
}

function parse(text: Buffer): number {
  return Object.keys(JSON.parse(text.toString())).length;
}

const { frames, compressed } = corpus;
const pairs: [TimedContestant, TimedContestant][] = [
  [
    contestant('JSON.parse', lines, parse),
    contestant('Jetstream JSON', lines, decodeWith(wanting, 'v1', false)),
  ],
  [
    contestant('zlib and JSON.parse', compressed, (frame) =>
      parse(zstdDecompressSync(frame, { dictionary })),
    ),
    contestant('Jetstream zstd', compressed, decodeWith(wanting, 'v1', true)),
  ],
  [
    contestant('@atcute, digests checked', frames, (frame) => decodeByAtcute(frame, true).length),
    contestant('firehose, all wanted', frames, decodeWith(wanting, 'firehose', true)),
  ],
  [
    contestant('@atcute, nothing checked', frames, (frame) => decodeByAtcute(frame, false).length),
    contestant('firehose, nothing wanted', frames, decodeWith(unwanting, 'firehose', true)),
  ],
];

function perSecond({ units, cpuMs }: Timed): number {
  return (units / cpuMs) * 1000;
}

const timed = await timeInterleaved(pairs.flat(), ROUNDS);
printMachine(`${frames.length} relay frames, ${lines.length} events; ${ROUNDS} interleaved rounds`);
for (let i = 0; i < timed.length; i += 2) {
  const [baseline, ours] = [timed[i], timed[i + 1]];
  if (baseline === undefined || ours === undefined) break;
  for (const one of [baseline, ours]) {
    const rate = perSecond(one).toFixed(0).padStart(8);
    const ratio = (perSecond(one) / perSecond(baseline)).toFixed(2);
    console.log(`${one.name.padEnd(28)} ${rate} events/CPU-s  ${ratio} x ${baseline.name}`);
  }
}
console.log(
  `goal: zstd at least 3 times zlib, firehose 1.5 times @atcute and 3 times with nothing wanted (${made} counted)`,
);
