import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstSlotOfEpoch, SLOTS_PER_EPOCH } from '../src/core/epoch.ts';
import { slotCount } from '../src/core/slot-range.ts';
import type { PlanResult } from '../src/model/worker-task.ts';
import { runTask } from '../src/pipelines/run-task.ts';
import { type BenchArchive, generatedBenchArchive } from './bench-archive.ts';
import { benchLimits } from './bench-limits.ts';
import { median, printMachine } from './timed-rounds.ts';

/**
 * What planning an epoch takes in which every slot is present: a CAR of 700 GB with a real first slot and a hole
 * behind it, and its index of slot ranges.
 */

const ROUNDS = 9;
const EPOCH = 700;
const RECORD_BYTES = 12;
/** 1.6 MB a slot, as epochs of 2025 have. */
const SLOT_BYTES = 1_620_000;

async function fullEpoch(folder: string, model: BenchArchive): Promise<string> {
  const { carPath, located } = model;
  const offset = located.offsets?.[0] ?? 0;
  const length = located.lengths?.[0] ?? 0;
  const epochFolder = join(folder, String(EPOCH));
  mkdirSync(epochFolder);
  await using from = await open(carPath, 'r');
  await using car = await open(join(epochFolder, `epoch-${EPOCH}.car`), 'w');
  const head = Buffer.alloc(offset + length);
  await from.read(head, 0, head.length, 0);
  await car.write(head, 0, head.length, 0);
  await car.truncate(offset + length + SLOT_BYTES * (SLOTS_PER_EPOCH - 1));
  const index = Buffer.alloc(SLOTS_PER_EPOCH * RECORD_BYTES);
  let at = offset;
  for (let slot = 0; slot < SLOTS_PER_EPOCH; slot++) {
    const bytes = slot === 0 ? length : SLOT_BYTES;
    index.writeBigUInt64LE(BigInt(at), slot * RECORD_BYTES);
    index.writeUInt32LE(bytes, slot * RECORD_BYTES + 8);
    at += bytes;
  }
  writeFileSync(join(epochFolder, `epoch-${EPOCH}-slot-ranges.raw`), index);
  return folder;
}

async function plan(base: string): Promise<PlanResult> {
  const first = firstSlotOfEpoch(EPOCH);
  const range = { start: first, end: first + SLOTS_PER_EPOCH };
  const location = { carBase: base, indexBase: base, network: 'mainnet', cacheDir: null };
  const result = await runTask(
    {
      ...{ type: 'plan', range, shardBytesTarget: 256 * 2 ** 20, shardSlotsMax: 20_000 },
      archive: { ...location, forceLegacyIndex: false },
      limits: benchLimits,
    },
    null,
  );
  assert(result.type === 'plan', JSON.stringify(result));
  return result;
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-plan-'));
try {
  const base = await fullEpoch(folder, await generatedBenchArchive(50));
  const times: number[] = [];
  let result: PlanResult | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const before = performance.now();
    result = await plan(base);
    times.push(performance.now() - before);
  }
  assert(result?.slotsPresent === SLOTS_PER_EPOCH);
  const planned = result.shards.reduce((sum, shard) => sum + slotCount(shard.range), 0);
  assert.equal(planned, SLOTS_PER_EPOCH);
  printMachine(`an epoch of ${SLOTS_PER_EPOCH} slots and ${(result.bytes / 1e9).toFixed(0)} GB`);
  console.log(
    `plan      ${median(times).toFixed(0)} ms, the first ${times[0]?.toFixed(0)} ms, ${result.shards.length} shards (goal: under 1000 ms)`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
