import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { decodeSection } from '../../../src/decode/car-frame.ts';
import type { VerifyLevel } from '../../../src/model/worker-task.ts';
import { makeTempFolder, type TempFolder } from '../../support/archive-temp.ts';
import { archiveWays, copyArchive } from '../../support/archive-ways.ts';
import { runShard, type ShardRun } from '../../support/run-shard.ts';
import { judgeRun, type Verdict } from '../../support/shard-verdict.ts';
import { makeUploadArchive, type UploadArchive } from '../../support/upload-archive.ts';

/**
 * Goal: whatever single byte of an archive is wrong and wherever it is cut off, a slot is read right or named as
 * lost. Reading an index of an epoch takes much longer than reading this archive, so the ways that have one look at
 * fewer bytes; the steps have no factor in common with the sizes of the parts.
 */

let folder: TempFolder;
let whole: UploadArchive;
let clean: ShardRun;
let bytes: Buffer;

before(async () => {
  folder = makeTempFolder();
  whole = await makeUploadArchive(join(folder.path, 'whole'));
  bytes = readFileSync(whole.carPath);
  clean = await runShard({ base: whole.base, range: whole.range });
  assert.equal(clean.records.length, 4);
});
after(() => folder.remove());

/** No section of the archive comes near this; a broken length that asks for more is told at once. */
const limits = { sectionBytesMax: 128 * 1024 };
const deadlineMs = 5000;
/** As the creator writes it: one root. */
const carHeaderBytes = 59;

const steps: Readonly<Record<(typeof archiveWays)[number]['way'], number>> = {
  'slot ranges': 61,
  'compact indexes': 307,
  'a list of slots and bisection': 11,
  'a scan': 5,
};

/** Runs over every `step`-th variant of the archive's bytes and counts what came of it. */
async function judgeVariants(
  archive: UploadArchive,
  variants: Iterable<{ readonly name: string; readonly car: Buffer }>,
  verify: VerifyLevel = 'all',
): Promise<Record<Verdict, number>> {
  const counts = { same: 0, quarantined: 0, failed: 0 };
  for (const { name, car } of variants) {
    writeFileSync(archive.carPath, car);
    const { base, range } = archive;
    const run = await runShard({ base, range, verify, limits, deadlineMs });
    try {
      counts[judgeRun(run, clean, archive, verify)]++;
    } catch (error) {
      throw new Error(`${name}: ${JSON.stringify(run.result)}`, { cause: error });
    }
  }
  return counts;
}

function* flipped(step: number) {
  for (let at = 0; at < bytes.length; at += step) {
    const car = Buffer.from(bytes);
    car[at] = (car[at] ?? 0) ^ (1 << (at % 8));
    yield { name: `byte ${at}`, car };
  }
}

function* truncated(step: number) {
  for (let length = 0; length < bytes.length; length += step) {
    yield { name: `cut to ${length}`, car: bytes.subarray(0, length) };
  }
}

/** Every section left out in turn: all that is left is hashed right and still is not the whole. */
function* withoutSection() {
  for (let at = carHeaderBytes; at < bytes.length; ) {
    const section = decodeSection(bytes, at, bytes.length, bytes.length);
    assert(typeof section !== 'number');
    const car = Buffer.concat([bytes.subarray(0, at), bytes.subarray(section.end)]);
    yield { name: `without the section at ${at}`, car };
    at = section.end;
  }
}

for (const { way, hidden } of archiveWays) {
  test(`a section that was left out costs at most its slot, with ${way}`, async () => {
    const archive = copyArchive(whole, join(folder.path, `gap ${way}`), hidden);
    const counts = await judgeVariants(archive, withoutSection());
    assert(counts.quarantined + counts.failed > 15, JSON.stringify(counts));
  });
  test(`a flipped byte costs at most its slot, with ${way}`, async () => {
    const archive = copyArchive(whole, join(folder.path, `flip ${way}`), hidden);
    const counts = await judgeVariants(archive, flipped(steps[way]));
    assert(counts.quarantined > 0, JSON.stringify(counts));
  });
  test(`an archive that is cut off anywhere never passes for a whole one, with ${way}`, async () => {
    const archive = copyArchive(whole, join(folder.path, `cut ${way}`), hidden);
    const counts = await judgeVariants(archive, truncated(steps[way] * 2));
    assert(counts.failed > 0, JSON.stringify(counts));
  });
  for (const verify of ['used', 'none'] as const) {
    test(`verifying ${verify} sections, a flipped byte ends in no unknown way, with ${way}`, async () => {
      const archive = copyArchive(whole, join(folder.path, `${verify} ${way}`), hidden);
      const counts = await judgeVariants(archive, flipped(steps[way] * 2 + 1), verify);
      assert(counts.same > 0, JSON.stringify(counts));
    });
  }
}
