import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { packArchive } from '../../src/pack/pack-archive.ts';
import { readPackInput } from '../../src/pack/read-pack-input.ts';
import { CREATOR_FRAME_LIMITS } from '../../src/pack/slot-writer.ts';
import { archivesFolder, skipWithoutArchives } from '../support/ledger-archives.ts';
import { repackedBlocks } from '../support/repacked-blocks.ts';

/** Goal: packing what stands in an archive gives that archive again, byte for byte. */

/** How MANIFEST.md says the archive was split. */
const split = { firstBytesMax: 300, nextBytesMax: 300 };
const splitLimits = { transaction: split, rewards: split };

for (const [name, frameLimits] of [
  ['epoch-42-richat', CREATOR_FRAME_LIMITS],
  ['epoch-100-richat', CREATOR_FRAME_LIMITS],
  ['epoch-127-dbin', CREATOR_FRAME_LIMITS],
  ['epoch-157-single-slot', CREATOR_FRAME_LIMITS],
  ['epoch-308-dbin-split-frames', splitLimits],
  ['epoch-588-photon', CREATOR_FRAME_LIMITS],
] as const) {
  test(`${name} packed again equals itself`, {
    skip: skipWithoutArchives,
  }, async (t) => {
    const folder = join(archivesFolder, name);
    const epoch = Number(name.split('-')[1]);
    const outDir = mkdtempSync(join(tmpdir(), 'millrace-pack-'));
    t.after(() => rmSync(outDir, { recursive: true }));
    const blocks = repackedBlocks(readFileSync(join(folder, `epoch-${epoch}.car`)));
    const signal = new AbortController().signal;
    const result = await packArchive({ epoch, outDir, blocks, frameLimits }, signal);
    const expected = readdirSync(folder).filter((file) => !file.startsWith('golden-'));
    assert.deepEqual([...result.files].sort(), expected.sort());
    for (const file of expected) {
      const bytes = readFileSync(join(result.folder, file));
      assert(bytes.equals(readFileSync(join(folder, file))), `${file} differs`);
    }
  });
}

test('getBlock JSON gives the metadata and rewards that an independent converter stored', {
  skip: skipWithoutArchives,
}, async () => {
  const car = readFileSync(join(archivesFolder, 'epoch-588-photon/epoch-588.car'));
  const [stored] = [...repackedBlocks(car)];
  const json = join(archivesFolder, '../blocks/254170887.json');
  const blocks = readPackInput([json], new AbortController().signal);
  const { value: packed } = await blocks.next();
  assert(stored && packed);
  assert.equal(packed.transactions.length, 602);
  for (const [i, { wire, metadata }] of packed.transactions.entries()) {
    const expected = stored.transactions[i];
    assert(expected !== undefined && Buffer.from(wire).equals(expected.wire), `wire ${i}`);
    assert(
      zstdDecompressSync(metadata).equals(zstdDecompressSync(expected.metadata)),
      `metadata ${i}`,
    );
  }
  const rewards = [packed, stored].map((block) => zstdDecompressSync(block.rewards ?? ''));
  assert.deepEqual(rewards[0], rewards[1]);
});
