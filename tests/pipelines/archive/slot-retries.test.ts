import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { decodeSection } from '../../../src/decode/car-frame.ts';
import { rangeHeaders, startArchiveServer } from '../../support/archive-server.ts';
import { archiveWays, copyArchive } from '../../support/archive-ways.ts';
import { rootlessHeader } from '../../support/car-bytes.ts';
import { runShard } from '../../support/run-shard.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { makeUploadArchive, slotPlaces, type UploadArchive } from '../../support/upload-archive.ts';

/** Goal: bytes that were wrong once are read again; bytes that stay wrong cost their slot and no other. */

async function archiveFor(t: TestContext, hidden: RegExp): Promise<UploadArchive> {
  const base = tempFolder(t);
  const whole = await makeUploadArchive(join(base, 'whole'));
  return copyArchive(whole, join(base, 'copy'), hidden);
}

function breakByte(archive: UploadArchive, at: number): void {
  const car = readFileSync(archive.carPath);
  car[at] = (car[at] ?? 0) ^ 0x40;
  writeFileSync(archive.carPath, car);
}

/** File offset of the last section of the n-th slot, its Block: the only node of six elements and kind 2. */
function blockAt(archive: UploadArchive, n: number): number {
  const { offset = 0, length = 0 } = slotPlaces(archive)[n] ?? {};
  const slot = readFileSync(archive.carPath).subarray(offset, offset + length);
  return offset + slot.lastIndexOf(Buffer.from([0x86, 0x02]));
}

for (const { way, hidden } of archiveWays) {
  test(`bytes that were wrong once are read again and given once, with ${way}`, async (t) => {
    const archive = await archiveFor(t, hidden);
    const places = slotPlaces({ ...archive, folder: archive.folder.replace('copy', 'whole') });
    const wrongAt = (places[1]?.offset ?? 0) + 100;
    const server = await startArchiveServer(archive.base);
    t.after(() => server.close());
    let wrong = 0;
    // Finding slots may look at a few places first; only replies that reach over the whole slot are spoilt.
    server.fault = (exchange) => {
      const { request, response, bytes, range } = exchange;
      const isSlot = range.start <= (places[1]?.offset ?? 0) && range.end > wrongAt + 1000;
      const isCar = request.url?.endsWith('.car') === true && request.headers.range !== undefined;
      if (!isCar || !isSlot || wrong > (way === 'a scan' ? 0 : 1)) return false;
      wrong++;
      const spoilt = Buffer.from(bytes);
      spoilt[wrongAt] = (spoilt[wrongAt] ?? 0) ^ 1;
      response.writeHead(206, rangeHeaders(exchange));
      response.end(spoilt.subarray(range.start, range.end));
      return true;
    };
    const clean = await runShard({ base: archive.base, range: archive.range });
    const limits = { slotTriesMax: 4 };
    const run = await runShard({ base: server.base, range: archive.range, limits });
    assert(wrong > 0, 'a reply was spoilt');
    assert(run.result.type === 'shard', JSON.stringify(run.result));
    assert.deepEqual(run.result.quarantined, []);
    assert.deepEqual(run.slots, clean.slots);
    assert.deepEqual(run.records, clean.records);
    assert.equal(run.result.counters.transactions, 6);
  });

  for (const [place, offsetOf] of [
    ['a transaction', (archive: UploadArchive) => (slotPlaces(archive)[1]?.offset ?? 0) + 60],
    ['its Block', (archive: UploadArchive) => blockAt(archive, 1) + 20],
  ] as const) {
    test(`a slot with ${place} broken goes to quarantine and its neighbours are read, with ${way}`, async (t) => {
      const archive = await archiveFor(t, hidden);
      const whole = { ...archive, folder: archive.folder.replace('copy', 'whole') };
      breakByte(archive, offsetOf({ ...whole, carPath: archive.carPath }));
      const { result, slots } = await runShard({ base: archive.base, range: archive.range });
      assert(result.type === 'shard', JSON.stringify(result));
      const [first = 0, second = 0, third = 0] = archive.slots;
      const quarantined = result.quarantined.map(({ slot }) => slot);
      for (const { error } of result.quarantined) assert.equal(error.code, 'ARCHIVE_CORRUPT');
      assert(quarantined.includes(second), `${quarantined}`);
      assert(!quarantined.includes(first) && !quarantined.includes(third), `${quarantined}`);
      assert.deepEqual(
        slots.map(({ slot }) => slot),
        [first, third],
      );
      assert.equal(result.counters.slotsDone, slots.length);
    });
  }
}

test('a slot is given up after as many tries as allowed and no more', async (t) => {
  const archive = await archiveFor(t, /slot-ranges|\.index$|slots\.txt$/);
  const whole = { ...archive, folder: archive.folder.replace('copy', 'whole') };
  breakByte(archive, (slotPlaces(whole)[1]?.offset ?? 0) + 60);
  const server = await startArchiveServer(archive.base);
  t.after(() => server.close());
  const requestsWith = async (slotTriesMax: number): Promise<number> => {
    const before = server.log.length;
    const limits = { slotTriesMax };
    const { result } = await runShard({ base: server.base, range: archive.range, limits });
    assert(result.type === 'shard' && result.quarantined.length === 1, JSON.stringify(result));
    return server.log.length - before;
  };
  const one = await requestsWith(1);
  assert.equal(await requestsWith(2), one + 1);
  assert.equal(await requestsWith(5), one + 4);
});

test('a slice without a root that ends inside of a slot is not taken for whole', async (t) => {
  const archive = await archiveFor(t, /slot-ranges|\.index$|slots\.txt$/);
  const whole = { ...archive, folder: archive.folder.replace('copy', 'whole') };
  const [first, second] = slotPlaces(whole);
  assert(first !== undefined && second !== undefined);
  const car = readFileSync(archive.carPath);
  const section = decodeSection(car, second.offset, car.length, car.length);
  assert(typeof section !== 'number');
  const run = (end: number) => {
    writeFileSync(
      archive.carPath,
      Buffer.concat([rootlessHeader, car.subarray(first.offset, end)]),
    );
    return runShard({ base: archive.base, range: archive.range });
  };
  const { result: cut } = await run(section.end);
  assert(cut.type === 'failed', JSON.stringify(cut));
  assert.equal(cut.error.code, 'ARCHIVE_CORRUPT');
  const { result: atBlock } = await run(second.offset);
  assert(atBlock.type === 'shard' && atBlock.counters.slotsDone === 1, JSON.stringify(atBlock));
});
