import assert from 'node:assert/strict';
import { closeSync, openSync, readSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { decodePublicKey } from '../src/core/base58.ts';
import { AccountKeySet } from '../src/decode/account-key-set.ts';
import { SECTION_BYTES_MAX } from '../src/decode/car-frame.ts';
import { NODE_KIND } from '../src/decode/ledger-node.ts';
import { SectionScanner } from '../src/decode/scan-sections.ts';
import { StatusMetaFields } from '../src/decode/status-meta-fields.ts';
import { ZstdDecoder } from '../src/decode/zstd.ts';
import { SlotFrames } from '../src/pipelines/archive/slot-frames.ts';
import { readMetadataFields } from '../src/pipelines/archive/transaction-payloads.ts';
import { BENCH_PROGRAM, generatedBenchArchive } from './bench-archive.ts';
import { printMachine, printTimed, timeInterleaved } from './timed-rounds.ts';

/**
 * What the needed fields of the metadata of hits cost, beside the scan that finds them: about 6 % of all transactions
 * invoke the chosen program.
 * Usage: node --import tsx bench/metadata-hits.bench.ts [--megabytes 1000]
 */

const ROUNDS = 7;
const WINDOW_BYTES = 256 << 10;
const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '1000' } } });
const archive = await generatedBenchArchive(Number(values.megabytes));
const [run] = archive.located.runs;
const program = decodePublicKey(BENCH_PROGRAM);
assert(run !== undefined && program !== undefined);

const bytes = Buffer.alloc(WINDOW_BYTES);
const scanner = new SectionScanner({
  keys: new AccountKeySet([program]),
  everyTransaction: false,
  lookupsAreCandidates: false,
  sectionBytesMax: SECTION_BYTES_MAX,
  sectionsMax: 4096,
  eventsMax: 2048,
});
const fields = new StatusMetaFields();
const payloads = {
  frames: new SlotFrames(SECTION_BYTES_MAX),
  zstd: new ZstdDecoder(SECTION_BYTES_MAX),
  payloadBytesMax: SECTION_BYTES_MAX,
};

/** @returns how many transactions matched, and the fees of those whose metadata was read. */
function scanFile({ offset, length }: { offset: number; length: number }, metadata: boolean) {
  const found = { hits: 0, fees: 0 };
  const file = openSync(archive.carPath, 'r');
  let kept = 0;
  for (let position = offset; position < offset + length; ) {
    const room = Math.min(WINDOW_BYTES - kept, offset + length - position);
    position += readSync(file, bytes, kept, room, position);
    let at = 0;
    for (;;) {
      const next = scanner.scan(bytes, at, kept + room);
      takeHits(found, metadata);
      if (next === at) break;
      at = next;
    }
    kept += room - at;
    bytes.copyWithin(0, at, at + kept);
  }
  closeSync(file);
  return found;
}

function takeHits(found: { hits: number; fees: number }, metadata: boolean): void {
  const { events } = scanner;
  const window = { bytes, baseOffset: 0, scanner };
  for (let event = 0; event < events.count; event++) {
    if (events.kinds[event] !== NODE_KIND.transaction) continue;
    found.hits++;
    if (!metadata) continue;
    readMetadataFields(window, event, payloads, fields);
    found.fees += fields.fee;
  }
}

const { hits, fees } = scanFile(run, true);
const { transactions } = scanner.counters;
assert(hits > transactions / 25 && fees > 0, 'there are hits with metadata');
const [scan, withMetadata] = await timeInterleaved(
  [
    { name: 'scan', units: transactions, work: async () => void scanFile(run, false) },
    {
      name: 'scan + metadata of hits',
      units: transactions,
      work: async () => void scanFile(run, true),
    },
  ],
  ROUNDS,
);
assert(scan !== undefined && withMetadata !== undefined);
const share = ((100 * hits) / transactions).toFixed(1);
printMachine(
  `${archive.name}, ${transactions} transactions, ${hits} hits (${share} %); ${ROUNDS} rounds`,
);
printTimed(scan, 'tx', run.length, scan);
printTimed(withMetadata, 'tx', run.length, scan);
console.log('goal: at most 5 x the scan');
