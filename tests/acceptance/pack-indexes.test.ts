import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ArchiveIndexer } from '../../src/pack/archive-indexer.ts';
import { indexFileName } from '../../src/pack/index-identity.ts';
import { SlotTables } from '../../src/pack/slot-tables.ts';
import { carSections } from '../support/car-sections.ts';
import { archiveNames, archivesFolder, skipWithoutArchives } from '../support/ledger-archives.ts';

/** Goal: the indexes of every fixture archive come out byte for byte as the upstream Go code wrote them. */

for (const name of archiveNames) {
  test(`sidecars of ${name} are rebuilt byte for byte`, {
    skip: skipWithoutArchives,
  }, () => {
    const folder = join(archivesFolder, name);
    const epoch = Number(name.split('-')[1]);
    const scratch = mkdtempSync(join(tmpdir(), 'millrace-index-'));
    try {
      const rebuilt = rebuild(join(folder, `epoch-${epoch}.car`), epoch, scratch);
      assert.equal(rebuilt.size, 7);
      for (const [file, bytes] of rebuilt) {
        const expected = readFileSync(join(folder, file));
        assert(expected.equals(bytes), `${file} differs`);
      }
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
}

function rebuild(carPath: string, epoch: number, scratch: string): Map<string, Buffer> {
  const indexer = new ArchiveIndexer(scratch);
  const tables = new SlotTables(epoch);
  let slotStart = 59;
  let root: Uint8Array = new Uint8Array(0);
  for (const { cid, offset, size, node } of carSections(readFileSync(carPath))) {
    indexer.addSection({ cid, offset, size });
    const [kind, second] = node;
    if (kind === 0) {
      const [, , , , data] = second as [number, null, null, null, Uint8Array];
      indexer.addTransaction(data.subarray(1, 65), cid);
    }
    if (kind === 2) {
      const [, blockTime] = node[4] as [number, number];
      indexer.addBlock(second as number, cid);
      tables.add(second as number, slotStart, offset + size - slotStart, blockTime);
      slotStart = offset + size;
    }
    if (kind === 3) slotStart = offset + size;
    if (kind === 4) root = cid;
  }
  const identity = { epoch, root, network: 'mainnet' };
  const files = indexer.finish(identity, new AbortController().signal);
  indexer.close();
  const found = new Map(files.map((file) => [file, readFileSync(join(scratch, file))]));
  found.set(indexFileName(identity, 'slot-to-blocktime'), tables.blockTimes);
  found.set(`epoch-${epoch}-slot-ranges.raw`, tables.ranges);
  found.set(`${epoch}.slots.txt`, Buffer.from(tables.slotsText()));
  return found;
}
