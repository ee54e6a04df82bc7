import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { uuidV7 } from '../src/core/uuid-v7.ts';
import type { StreamLease } from '../src/model/record-batch.ts';
import type { UpsertChange } from '../src/model/record-change.ts';
import { sampleTables, scene } from '../tests/support/record-samples.ts';
import { CITIES, cityPlaces } from './city-places.ts';
import type { OpenRecordsBench, RecordsBench } from './records-bench.ts';
import { openPostgresBench } from './records-in-postgres.ts';
import { openSqliteBench } from './records-in-sqlite.ts';
import { median, printMachine, type Timed, timeInterleaved } from './timed-rounds.ts';

/**
 * Records stored a second, each durable when it counts: our batches, with data and cursor in one transaction, beside
 * one transaction for each record and another one for the cursor, as the seed did it. The goal is 20 times. What the
 * ratio comes to depends above all on what a durable write costs on this disk, which is printed too.
 * Usage: node --import tsx bench/records-store.bench.ts [--rounds 5] [--records 5000] [--single 250]
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    records: { type: 'string', default: '5000' },
    /** Records of the slow way, of which fewer are enough. */
    single: { type: 'string', default: '250' },
  },
});
const records = Number(values.records);
const singles = Number(values.single);
const BATCH_SIZES = [100, 500];
const GOAL = 20;
/** Of ten records that come, this many are new; the others change what is there. */
const NEW_OF_TEN = 7;

let made = 0;
const nextPlace = cityPlaces();
/** Of the scene that comes again. */
let firstPlace = nextPlace();

/** Scenes of venues, as they come: some of them again, with another name at the same place. */
function makeScenes(count: number): UpsertChange[] {
  return Array.from({ length: count }, () => {
    const rev = made++;
    const isNew = rev % 10 < NEW_OF_TEN;
    const n = isNew ? rev : rev - (rev % 10);
    const place = isNew ? nextPlace() : firstPlace;
    if (n % 10 === 0) firstPlace = place;
    return scene(`did:plc:bench${n % 50}`, `s${n}`, rev, { place });
  });
}

async function inBatches(
  bench: RecordsBench,
  lease: StreamLease,
  size: number,
  changes: readonly UpsertChange[],
): Promise<void> {
  for (let start = 0; start < changes.length; start += size) {
    const batch = changes.slice(start, start + size);
    const position = { timeUs: batch.at(-1)?.timeUs ?? 0, seq: null, host: 'bench' };
    await bench.store.apply({ lease, changes: batch, rejections: [], position });
  }
}

async function oneByOne(bench: RecordsBench, changes: readonly UpsertChange[]): Promise<void> {
  for (const change of changes) await bench.storeAsSeed(change);
}

/** Scenes for every run of one way, in the order of the runs and made before: making them is not what is measured. */
function scenesOfRounds(ways: readonly number[]): (() => readonly UpsertChange[])[] {
  const rounds = Array.from({ length: Number(values.rounds) + 1 }, () => ways.map(makeScenes));
  return ways.map((_, way) => {
    let round = 0;
    return () => {
      const scenes = rounds[round++]?.[way];
      if (scenes === undefined) throw new Error('more runs than rounds');
      return scenes;
    };
  });
}

async function measure(bench: RecordsBench): Promise<void> {
  await bench.store.migrate(new AbortController().signal);
  const lease = await bench.store.acquireLease('bench', 'bench', 3_600_000);
  if (lease === null) throw new Error('somebody else writes into the database of the bench');
  const [singleScenes, ...batchScenes] = scenesOfRounds([
    singles,
    ...BATCH_SIZES.map(() => records),
  ]);
  const batched = BATCH_SIZES.map((size, way) => ({
    ...{ name: `batches of ${size}`, units: records },
    work: () => inBatches(bench, lease, size, batchScenes[way]?.() ?? []),
  }));
  const work = () => oneByOne(bench, singleScenes?.() ?? []);
  const single = { name: 'one by one', units: singles, work };
  const timed = await timeInterleaved([single, ...batched], Number(values.rounds));
  report(bench.name, timed);
}

/** Milliseconds until one page is on the disk, median. */
function durableWriteMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const file = openSync(join(folder, 'page'), 'w');
  const page = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 100 }, () => {
    const startMs = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - startMs;
  });
  closeSync(file);
  rmSync(folder, { recursive: true });
  return median(times);
}

function report(name: string, timed: readonly Timed[]): void {
  printMachine(
    `${name}: ${records} scenes of venues in ${CITIES} cities, ${10 - NEW_OF_TEN} of ten again; ${singles} one by one; ${values.rounds} rounds`,
  );
  console.log(`disk      a durable write of one page takes ${durableWriteMs().toFixed(2)} ms`);
  const [first] = timed;
  const firstSpeed = first === undefined ? 0 : first.units / first.wallMs;
  for (const { name, units, wallMs, cpuMs } of timed) {
    const ratio = units / wallMs / firstSpeed;
    const speed = `${((units / wallMs) * 1000).toFixed(0).padStart(8)} records/s`;
    const cpu = `${((cpuMs * 1000) / units).toFixed(0).padStart(6)} µs/record CPU`;
    const goal = ratio > 1 ? `, goal ${GOAL} ${ratio >= GOAL ? 'met' : 'NOT met'}` : '';
    console.log(`${name.padEnd(18)} ${speed} ${cpu}  ${ratio.toFixed(1)} x the first${goal}`);
  }
}

const options = { tables: sampleTables, newId: uuidV7, pendingMax: 10_000 };
const openers: readonly OpenRecordsBench[] = [openSqliteBench, openPostgresBench];
for (const open of openers) {
  const bench = await open(options);
  if (bench === null) continue;
  try {
    await measure(bench);
  } finally {
    await bench.close();
  }
}
