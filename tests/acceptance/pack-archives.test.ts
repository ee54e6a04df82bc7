import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { packArchive } from '../../src/pack/pack-archive.ts';
import { CREATOR_FRAME_LIMITS } from '../../src/pack/slot-writer.ts';
import { repackedBlocks } from '../support/repacked-blocks.ts';

/** Goal: packing what stands in an archive gives that archive again, byte for byte. */

const archives = fileURLToPath(
  new URL('../../../shared/fixtures/ledger/archives/', import.meta.url),
);
const present = existsSync(archives);

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
    skip: present ? false : 'the shared fixtures folder is missing',
  }, async (t) => {
    const folder = join(archives, name);
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
