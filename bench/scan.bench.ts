import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CarBufferReader } from '@ipld/car';
import { decode } from '@ipld/dag-cbor';
import { VersionedTransaction } from '@solana/web3.js';
import { decodePublicKey, encodeBase58 } from '../src/core/base58.ts';
import { AccountKeySet } from '../src/decode/account-key-set.ts';
import { decodeCarHeader, SECTION_BYTES_MAX } from '../src/decode/car-frame.ts';
import { SectionScanner } from '../src/decode/scan-sections.ts';

/**
 * What the scan with a program filter costs per transaction, beside `Buffer.indexOf` of the same program over the
 * same bytes and beside the usual libraries on the first slots. CPU time, medians of interleaved rounds.
 * Usage: node --import tsx bench/scan.bench.ts [CAR file]
 */

const ROUNDS = 9;
const WINDOW_BYTES = 256 << 10;
/** The libraries are some hundred times slower, so they get the first bytes only. */
const PREFIX_BYTES = 1 << 20;
/** Serum's order book program, present in some percent of the transactions of epoch 127. */
const PROGRAM = 'EUqojwWA2rd19FZrzeBncJsm38Jm1hEhE3zsmX3bRc2o';

const sample = '../../shared/fixtures/ledger/archives/epoch-127-dbin/epoch-127.car';
const path = process.argv[2] ?? fileURLToPath(new URL(sample, import.meta.url));
if (!existsSync(path)) {
  console.log(`skipped: ${path} is missing; give the path of a CAR file`);
  process.exit(0);
}
const program = Buffer.from(decodePublicKey(PROGRAM) ?? []);
const file = openSync(path, 'r');
const size = statSync(path).size;
const head = Buffer.alloc(2048);
readSync(file, head, 0, head.length, 0);
const start = decodeCarHeader(head)?.end ?? 0;
const window = Buffer.alloc(WINDOW_BYTES);

function scannerFor(keys: readonly Uint8Array[]): SectionScanner {
  return new SectionScanner({
    keys: new AccountKeySet(keys),
    everyTransaction: false,
    lookupsAreCandidates: false,
    sectionBytesMax: SECTION_BYTES_MAX,
    sectionsMax: 4096,
    eventsMax: 1024,
  });
}

/** Reads the file through one reused window, keeping what a section's end cuts off. */
function scanFile(scanner: SectionScanner): number {
  let hits = 0;
  let kept = 0;
  for (let position = start; ; ) {
    const read = readSync(file, window, kept, WINDOW_BYTES - kept, position);
    position += read;
    const end = kept + read;
    const at = scanWindow(scanner, end, (count) => (hits += count));
    if (read === 0) return hits;
    kept = end - at;
    window.copyWithin(0, at, end);
  }
}

function scanWindow(scanner: SectionScanner, end: number, onHits: (n: number) => void): number {
  for (let at = 0; ; ) {
    const next = scanner.scan(window, at, end);
    let hits = 0;
    for (let row = 0; row < scanner.events.count; row++)
      if (scanner.events.kinds[row] === 0) hits++;
    onHits(hits);
    if (next === at || next === end) return next;
    at = next;
  }
}

function indexOfFile(): number {
  let hits = 0;
  for (let position = start; position < size; position += WINDOW_BYTES) {
    const bytes = window.subarray(0, readSync(file, window, 0, WINDOW_BYTES, position));
    for (let at = bytes.indexOf(program); at >= 0; at = bytes.indexOf(program, at + 1)) hits++;
  }
  return hits;
}

function readFileOnly(): number {
  let total = 0;
  for (let position = start; position < size; position += WINDOW_BYTES) {
    total += readSync(file, window, 0, WINDOW_BYTES, position);
  }
  return total;
}

/** Scans bytes in memory; returns where it came to and how many transactions matched. */
function scanMemory(scanner: SectionScanner, bytes: Buffer): { at: number; hits: number } {
  let hits = 0;
  for (let at = start; ; ) {
    const next = scanner.scan(bytes, at, bytes.length);
    for (let row = 0; row < scanner.events.count; row++)
      if (scanner.events.kinds[row] === 0) hits++;
    if (next === at || next === bytes.length) return { at: next, hits };
    at = next;
  }
}

/** A CAR that ends with the last whole section of the prefix. */
function prefixCar(): Buffer {
  const bytes = readFileSync(path).subarray(0, PREFIX_BYTES);
  return Buffer.from(bytes.subarray(0, scanMemory(scannerFor([]), bytes).at));
}

function withLibraries(car: Buffer): { transactions: number; hits: number } {
  const counts = { transactions: 0, hits: 0 };
  for (const { bytes } of CarBufferReader.fromBytes(car).blocks()) {
    const node = decode<unknown[]>(bytes);
    if (node[0] !== 0) continue;
    const [, , , , data] = node[1] as [number, null, null, null, Uint8Array];
    const { message } = VersionedTransaction.deserialize(data);
    counts.transactions++;
    if (message.staticAccountKeys.some((key) => key.toBase58() === PROGRAM)) counts.hits++;
  }
  return counts;
}

function cpuNanoseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

const many = (count: number): Uint8Array[] => [
  program,
  ...Array.from({ length: count - 1 }, (_, i) => hash('sha256', `${i}`, 'buffer')),
];
const one = scannerFor([program]);
const thousand = scannerFor(many(1000));
const hundredThousand = scannerFor(many(100_000));
const prefix = prefixCar();
const hits = scanFile(one);
const { transactions } = one.counters;
const libraries = withLibraries(prefix);
assert.equal(libraries.hits, scanMemory(one, prefix).hits, 'both find the same transactions');
const scansPerRound = Math.max(1, Math.round((8 << 20) / prefix.length));

const contestants: readonly [string, number, () => void][] = [
  ['read the file only', transactions, readFileOnly],
  ['Buffer.indexOf(program)', transactions, indexOfFile],
  ['scan, 1 program', transactions, () => scanFile(one)],
  ['scan, 1,000 keys', transactions, () => scanFile(thousand)],
  ['scan, 100,000 keys', transactions, () => scanFile(hundredThousand)],
  [
    'scan of the prefix in memory',
    libraries.transactions * scansPerRound,
    () => {
      for (let i = 0; i < scansPerRound; i++) scanMemory(one, prefix);
    },
  ],
  [
    '@ipld/car + @ipld/dag-cbor + web3.js, prefix',
    libraries.transactions,
    () => withLibraries(prefix),
  ],
];
const times = contestants.map((): number[] => []);
for (let round = 0; round <= ROUNDS; round++) {
  for (const [i, [, count, work]] of contestants.entries()) {
    const perTransaction = cpuNanoseconds(work) / count;
    // The first round warms caches and the compiler.
    if (round > 0) times[i]?.push(perTransaction);
  }
}
closeSync(file);

const medians = times.map(median);
const [, indexOf = 1, scan = 1] = medians;
const [prefixScan = 1, prefixLibraries = 0] = medians.slice(-2);
console.log(
  `machine   ${cpus()[0]?.model ?? '?'}, ${availableParallelism()} cores, Node ${process.version}`,
);
console.log(
  `input     ${path.split('/').at(-1)}, ${size} bytes, ${transactions} transactions, ${hits} hits`,
);
console.log(
  `program   ${encodeBase58(program)}; ${ROUNDS} interleaved rounds, windows of ${WINDOW_BYTES} bytes`,
);
for (const [i, [name]] of contestants.entries()) {
  const middle = median(times[i] ?? []);
  const low = Math.min(...(times[i] ?? []));
  console.log(
    `${name.padEnd(46)} ${middle.toFixed(0).padStart(8)} ns/tx  least ${low.toFixed(0).padStart(8)}` +
      `  ${(middle / scan).toFixed(2).padStart(8)} x the scan`,
  );
}
console.log(`scan / indexOf: ${(scan / indexOf).toFixed(2)} (goal: at most 1.5)`);
const ratio = (prefixLibraries / prefixScan).toFixed(0);
console.log(`libraries / scan, both on the prefix in memory: ${ratio} (goal: at least 500)`);
