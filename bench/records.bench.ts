import { parseArgs } from 'node:util';
import { StreamDecoder } from '../src/decode/atproto/stream-decoder.ts';
import type { StreamProtocol } from '../src/model/stream-frame.ts';
import { benchInterpreter } from './bench-collections.ts';
import { ReplayServer } from './replay-server.ts';
import { type ReplayedStream, wantedStream, wholeStream } from './replayed-stream.ts';
import { costOfStream, type StreamCost } from './stream-cost.ts';
import { median, printMachine, type TimedContestant, timeInterleaved } from './timed-rounds.ts';

/**
 * Events per second of CPU from a frame to a record that is checked by its lexicon and mapped to a row. First in this
 * process, beside bare `JSON.parse`. Then from a socket on loopback, in processes that hold nothing but one client
 * each, beside two libraries that stop earlier: @skyware/jetstream parses and emits, @atcute/jetstream validates the
 * envelope as well, ours the envelope and the record. All of them read the same events through the same `ws`.
 * Usage: node --import tsx bench/records.bench.ts [--rounds 3] [--events 80000]
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    /** Of one client in one round; a third more warm it up. */
    events: { type: 'string', default: '80000' },
  },
});
const rounds = Number(values.rounds);
const events = Number(values.events);
const IN_PROCESS_ROUNDS = 9;
const EVENTS_A_ROUND = 9_000;

const interpreter = benchInterpreter();
const wants = (collection: string): boolean => interpreter.wants(collection);
const decoder = new StreamDecoder({ wants });
/** What contestants make, so that none of it can be left out as unused. */
let made = 0;

function contestant(
  name: string,
  frames: readonly Buffer[],
  stream: ReplayedStream,
  work: (frame: Buffer) => number,
): TimedContestant {
  const repeats = Math.ceil(EVENTS_A_ROUND / stream.events);
  const run = async (): Promise<void> => {
    for (let left = repeats; left > 0; left--) {
      for (const frame of frames) made += work(frame);
    }
  };
  return { name, units: repeats * stream.events, work: run };
}

function toChanges(protocol: StreamProtocol, binary: boolean) {
  const endpoint = { url: 'wss://recorded.example', protocol };
  return (data: Buffer): number => {
    const { events: decoded } = decoder.decode({ data, binary, receivedAtMs: 0, endpoint });
    let changes = 0;
    for (const event of decoded) if (interpreter.interpret(event) !== null) changes++;
    return changes;
  };
}

async function measureInProcess(stream: ReplayedStream): Promise<void> {
  const { lines, compressed, frames } = stream;
  const parse = (text: Buffer): number => Object.keys(JSON.parse(text.toString())).length;
  const timed = await timeInterleaved(
    [
      contestant('JSON.parse of the lines', lines, stream, parse),
      contestant('ours, JSON', lines, stream, toChanges('v1', false)),
      contestant('ours, zstd', compressed, stream, toChanges('v1', true)),
      contestant('ours, firehose', frames, stream, toChanges('firehose', true)),
    ],
    IN_PROCESS_ROUNDS,
  );
  console.log(`\nin this process, ${stream.name}`);
  const rates = timed.map(({ name, units, cpuMs }) => ({ name, rate: (units / cpuMs) * 1000 }));
  for (const { name, rate } of rates) printRate(name, rate, rates.slice(0, 1));
}

interface Rate {
  readonly name: string;
  readonly rate: number;
}

function printRate(name: string, rate: number, baselines: readonly Rate[]): void {
  const ratios = baselines.map((one) => `${(rate / one.rate).toFixed(2)} x ${one.name}`);
  const text = `${rate.toFixed(0).padStart(8)} events/CPU-s`;
  console.log(`${name.padEnd(24)} ${text}  ${ratios.join(', ')}`);
}

async function measureClients(stream: ReplayedStream): Promise<void> {
  const servers = [new ReplayServer(), new ReplayServer(), new ReplayServer()] as const;
  const [lines, compressed, frames] = await Promise.all([
    servers[0].play(stream.lines, false),
    servers[1].play(stream.compressed, true),
    servers[2].play(stream.frames, true),
  ]);
  const clients = [
    ['@skyware/jetstream', lines],
    ['@atcute/jetstream', lines],
    ['ours, JSON', lines],
    ['ours, zstd', compressed],
    ['ours, firehose', frames],
  ] as const;
  const costs = clients.map((): StreamCost[] => []);
  const warm = Math.ceil(events / 3);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [client, url]] of clients.entries()) {
      costs[i]?.push(await costOfStream({ client, url, warm, events }));
    }
  }
  for (const server of servers) server.close();
  console.log(`\nfrom a socket, ${stream.name}`);
  const rates = clients.map(([name], i) => ({
    name,
    rate: (events / median((costs[i] ?? []).map(({ cpuMs }) => cpuMs))) * 1000,
  }));
  for (const { name, rate } of rates) printRate(name, rate, rates.slice(0, 2));
  const kept = costs.map(([first], i) => {
    const percent = (100 * (first?.used ?? 0)) / events;
    return `${percent.toFixed(1)} % of ${clients[i]?.[0]}`;
  });
  console.log(`came out, rather than being passed over or refused: ${kept.join('; ')}`);
}

printMachine(`${rounds} rounds of ${events} events a client`);
const streams = [wantedStream(wants), wholeStream()];
for (const stream of streams) await measureInProcess(stream);
for (const stream of streams) await measureClients(stream);
console.log(`
@skyware/jetstream: JSON.parse and a listener, nothing validated
@atcute/jetstream: JSON.parse and the envelope validated, records as they come
ours: envelope validated, records validated by their lexicons and mapped to rows, places without consent hidden;
      of relay frames the digest of each record too
(${made} counted)`);
