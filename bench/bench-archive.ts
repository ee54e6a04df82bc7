import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstSlotOfEpoch, SLOTS_PER_EPOCH } from '../src/core/epoch.ts';
import type { SlotRange } from '../src/core/slot-range.ts';
import type { ArchiveLocation } from '../src/model/worker-task.ts';
import { type Archive, openArchive } from '../src/sources/archive/archive.ts';
import type { LocatedSlots } from '../src/sources/archive/located-slots.ts';
import { GENERATED, generateArchive } from './generate-archive.ts';

/** Program of which generated archives hold some percent of transactions. */
export const BENCH_PROGRAM = 'JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4';

export interface BenchArchive {
  readonly name: string;
  readonly location: ArchiveLocation;
  readonly carPath: string;
  readonly bytes: number;
  /** From the first slot to behind the last one of the archive. */
  readonly range: SlotRange;
  readonly located: LocatedSlots;
}

/** Made once for each size and kept in the system's temporary folder. */
export async function generatedBenchArchive(megabytes: number): Promise<BenchArchive> {
  const folder = join(tmpdir(), 'millrace-bench', `generated-${megabytes}`);
  if (!existsSync(folder)) {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    const { signal } = new AbortController();
    console.log(`making an archive of ${megabytes} MB in ${folder}`);
    const bytes = megabytes * 1e6;
    const options = { outDir: partial, bytes, program: BENCH_PROGRAM, lookupIndexes: false };
    await generateArchive(options, signal);
    renameSync(partial, folder);
  }
  return benchArchive(`generated, ${megabytes} MB`, folder, GENERATED.epoch);
}

/** 42 MB of mainnet's epoch 127, or undefined where the acceptance data is missing. */
export async function epoch127(): Promise<BenchArchive | undefined> {
  const sample = '../../shared/fixtures/ledger/archives/epoch-127-dbin';
  const folder = fileURLToPath(new URL(sample, import.meta.url));
  if (!existsSync(folder)) return undefined;
  return benchArchive('epoch-127-dbin', folder, 127);
}

async function benchArchive(name: string, folder: string, epoch: number): Promise<BenchArchive> {
  const carPath = carOf(folder);
  const base = carPath.slice(0, carPath.lastIndexOf('/'));
  const location: ArchiveLocation = {
    ...{ carBase: folder, indexBase: folder },
    ...{ network: 'mainnet', cacheDir: null, forceLegacyIndex: false },
  };
  const archive = openBenchArchive(location);
  const first = firstSlotOfEpoch(epoch);
  const { signal } = new AbortController();
  try {
    const opened = await archive.epoch(epoch, signal);
    const located = await opened.locate({ start: first, end: first + SLOTS_PER_EPOCH }, signal);
    const { slots } = located;
    opened.close();
    if (slots === null) throw new Error(`${base} has no list of slots`);
    const range = { start: slots[0] ?? 0, end: (slots.at(-1) ?? 0) + 1 };
    return { name, location, carPath, bytes: statSync(carPath).size, range, located };
  } finally {
    archive.close();
  }
}

function carOf(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const car = names.find((name) => name.endsWith('.car'));
  if (car === undefined) throw new Error(`${folder} has no CAR file`);
  return join(folder, car);
}

function openBenchArchive(location: ArchiveLocation): Archive {
  return openArchive(location, {
    connectionsMax: 4,
    timeoutMs: 15_000,
    triesMax: 2,
    random: Math.random,
    userAgent: 'millrace',
  });
}
