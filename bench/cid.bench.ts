import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { decodeCarHeader, decodeSection, SECTION_BYTES_MAX } from '../src/decode/car-frame.ts';
import { createSectionHasher, type HashStrategy } from '../src/decode/section-hasher.ts';
import { type Contestant, measureInterleaved, printMeasured } from './interleaved-rounds.ts';

/**
 * What checking every CID costs a section, beside one `crypto.hash` a section and a comparison.
 * Usage: node --import tsx bench/cid.bench.ts [CAR file]
 */

const ROUNDS = 9;
const sample = '../../shared/fixtures/ledger/archives/epoch-127-dbin/epoch-127.car';
const path = process.argv[2] ?? fileURLToPath(new URL(sample, import.meta.url));
if (!existsSync(path)) {
  console.log(`skipped: ${path} is missing; give the path of a CAR file`);
  process.exit(0);
}
const car = readFileSync(path);
const rows: [number, number, number][] = [];
for (let at = decodeCarHeader(car)?.end ?? 0; at < car.length; ) {
  const section = decodeSection(car, at, car.length, SECTION_BYTES_MAX);
  if (typeof section === 'number') break;
  rows.push([section.nodeStart, section.end, section.digestStart]);
  at = section.end;
}
const table = {
  nodeStarts: Int32Array.from(rows, ([start]) => start),
  ends: Int32Array.from(rows, ([, end]) => end),
  digestStarts: Int32Array.from(rows, ([, , digest]) => digest),
};

function hashOneByOne(): void {
  for (const [start, end, digest] of rows) {
    const computed = hash('sha256', car.subarray(start, end), 'buffer');
    if (computed.compare(car, digest, digest + 32) !== 0) throw new Error(`CID at ${digest}`);
  }
}

function verifier(strategy: HashStrategy): Contestant {
  const hasher = createSectionHasher({
    windowBytes: car.length,
    strategy,
    now: () => performance.now(),
  });
  car.copy(hasher.window);
  const work = (): void => {
    if (hasher.verify(table, 0, rows.length) !== -1) throw new Error('a CID does not match');
  };
  return { name: `section hasher, ${strategy}`, work };
}

const measured = measureInterleaved(
  [
    { name: 'crypto.hash a section', work: hashOneByOne },
    verifier('auto'),
    verifier('simd'),
    verifier('native'),
  ],
  rows.length,
  ROUNDS,
);
const mean = (car.length / rows.length).toFixed(0);
printMeasured(
  `${path.split('/').at(-1)}, ${rows.length} sections of ${mean} bytes on average; ${ROUNDS} interleaved rounds`,
  'section',
  measured,
);
console.log('goal: auto at least 2 times as fast as crypto.hash a section');
