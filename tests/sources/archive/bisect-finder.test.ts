import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { firstSlotOfEpoch } from '../../../src/core/epoch.ts';
import { slotRange } from '../../../src/core/slot-range.ts';
import { openArchive } from '../../../src/sources/archive/archive.ts';
import type { EpochArchive } from '../../../src/sources/archive/epoch-archive.ts';
import { archiveAt, archiveOptions } from '../../support/archive-folder.ts';
import { makeArchive, noise, slotsWithHoles } from '../../support/archive-made.ts';
import { makeTempFolder } from '../../support/archive-temp.ts';

const EPOCH = 3;
const FIRST = firstSlotOfEpoch(EPOCH);
const never = new AbortController().signal;
const slots = slotsWithHoles(EPOCH, 50);
const scratch = makeTempFolder();
after(() => scratch.remove());

/** A whole section, digest and all, of a Block that the chain never had. */
function falseBlock(slot: number): Buffer {
  const node = Buffer.concat([
    Buffer.of(0x86, 2, 0x1a, 0, 0, 0, 0),
    Buffer.of(0x80, 0x80, 0x80, 0),
  ]);
  node.writeUInt32BE(slot, 3);
  const digest = hash('sha256', node, 'buffer');
  const cid = Buffer.concat([Buffer.from('01711220', 'hex'), digest]);
  return Buffer.concat([Buffer.of(cid.length + node.length), cid, node]);
}

/** Packs an archive, leaves the CAR and its list of slots, and opens it together with the truth. */
async function openBoth(
  name: string,
  metadata: (n: number) => Uint8Array,
  spoil: (car: Buffer) => void = () => undefined,
): Promise<{ truth: EpochArchive; bisected: EpochArchive; close: () => void }> {
  const made = await makeArchive(join(scratch.path, name), { epoch: EPOCH, slots, metadata });
  const bare = join(scratch.path, `${name}-bare`, String(EPOCH));
  mkdirSync(bare, { recursive: true });
  copyFileSync(join(made.folder, `${EPOCH}.slots.txt`), join(bare, `${EPOCH}.slots.txt`));
  const car = readFileSync(made.carPath);
  spoil(car);
  writeFileSync(join(bare, `epoch-${EPOCH}.car`), car);
  const archives = [made.folder, bare].map((base) => openArchive(archiveAt(base), archiveOptions));
  const [truth, bisected] = await Promise.all(
    archives.map((archive) => archive.epoch(EPOCH, never)),
  );
  assert(truth !== undefined && bisected !== undefined);
  const close = () => {
    truth.close();
    bisected.close();
    rmSync(made.folder, { recursive: true });
  };
  return { truth, bisected, close };
}

test('sections that somebody hid in a transaction mislead nobody', async () => {
  const early = falseBlock(FIRST + 1);
  const hidden = () => Buffer.concat(Array.from({ length: 4000 }, () => early));
  const { truth, bisected, close } = await openBoth('hidden', hidden);
  for (const slot of slots) {
    const range = slotRange(slot, slot + 1);
    const located = await bisected.locate(range, never);
    assert.equal(located.locator, 'bisect');
    assert.deepEqual(located.runs, (await truth.locate(range, never)).runs);
  }
  close();
});

test('where the CAR is damaged the answer is right or the whole CAR is read', async () => {
  const damagedAt = 6_000_000;
  const { truth, bisected, close } = await openBoth(
    'damaged',
    (n) => noise(200_000, n),
    (car) => {
      car[damagedAt] = (car[damagedAt] ?? 0) ^ 0x40;
    },
  );
  let scans = 0;
  for (const slot of slots) {
    const range = slotRange(slot, slot + 1);
    const located = await bisected.locate(range, never);
    const [right] = (await truth.locate(range, never)).runs;
    if (located.locator === 'scan') scans++;
    else assert.deepEqual(located.runs, [right]);
  }
  assert(scans > 0, 'the damage was never met');
  assert.match(bisected.notes.join('\n'), /expected an intact section/);
  close();
});

test('slots of another epoch in the CAR are noticed', async () => {
  const made = await makeArchive(join(scratch.path, 'other'), {
    epoch: EPOCH,
    slots,
    metadata: (n) => noise(10_000, n),
  });
  const wrong = join(scratch.path, 'wrong');
  mkdirSync(wrong);
  copyFileSync(made.carPath, join(wrong, 'epoch-9.car'));
  const first = firstSlotOfEpoch(9);
  writeFileSync(join(wrong, '9.slots.txt'), `${first + 1}\n${first + 2}\n`);
  const archive = openArchive(archiveAt(wrong), archiveOptions);
  const epoch = await archive.epoch(9, never);
  const located = await epoch.locate(slotRange(first, first + 10), never);
  assert.equal(located.locator, 'scan');
  assert.match(epoch.notes.join('\n'), /expected slots of epoch 9/);
  epoch.close();
});
