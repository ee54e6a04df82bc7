import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import type { PackBlock } from '../../../src/pack/pack-block.ts';
import { runShard } from '../../support/run-shard.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import {
  directCall,
  makeUploadArchive,
  slotPlaces,
  type UploadArchive,
} from '../../support/upload-archive.ts';

/** Goal: what an IQ program was told and could not mean is counted, once, wherever its slot counts. */

/** The Pinocchio chunk byte with nothing behind it. */
const CUT_CHUNK = Buffer.of(4);

function withCutChunks(blocks: PackBlock[]): PackBlock[] {
  return blocks.map((block, n) => ({
    ...block,
    transactions: [...block.transactions, directCall(50 + n, CUT_CHUNK)],
  }));
}

async function instructionsIgnored({ base, range }: UploadArchive): Promise<number> {
  const limits = { slotTriesMax: 3 };
  const { result } = await runShard({ base, range, limits });
  assert(result.type === 'shard', JSON.stringify(result));
  return result.counters.instructionsIgnored;
}

test('instructions that cannot be believed are counted, and good ones are not', async (t) => {
  const good = await makeUploadArchive(tempFolder(t));
  assert.equal(await instructionsIgnored(good), 0);
  const archive = await makeUploadArchive(tempFolder(t), { change: withCutChunks });
  assert.equal(await instructionsIgnored(archive), 3);
});

test('a slot that is read again and again counts nothing when it ends in quarantine', async (t) => {
  const archive = await makeUploadArchive(tempFolder(t), { change: withCutChunks });
  const { offset = 0, length = 0 } = slotPlaces(archive)[1] ?? {};
  const car = readFileSync(archive.carPath);
  // In the Block, behind all transactions of the slot.
  car[offset + length - 8] = (car[offset + length - 8] ?? 0) ^ 0x40;
  writeFileSync(archive.carPath, car);
  assert.equal(await instructionsIgnored(archive), 2);
});
