import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { encode } from '@ipld/dag-cbor';
import { packArchive } from '../../../src/pack/pack-archive.ts';
import type { PackBlock } from '../../../src/pack/pack-block.ts';
import type { VerifyReport } from '../../../src/pipelines/verify/verify-archive.ts';
import { makeArchive } from '../../support/archive-made.ts';
import { cidOf, linkOf, loneFrame, wireTransactions } from '../../support/car-bytes.ts';
import { carSections } from '../../support/car-sections.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { flipBit, verifyRun, writeCar } from '../../support/verify-run.ts';

/** Goal: whatever an archive claims and does not hold is found, with its slot and its place; nothing else is. */

const EPOCH = 3;
const FIRST = EPOCH * 432_000 + 10;
const SLOTS = [FIRST, FIRST + 1, FIRST + 3, FIRST + 4];
const WHOLE = [FIRST, FIRST + 9] as const;

const kindsOf = ({ faults }: VerifyReport): string[] => faults.map(({ kind }) => kind);
const startsOf = ({ chainStarts }: VerifyReport): number[] => chainStarts.map(({ slot }) => slot);

/** Offset of the section of the n-th node of a kind. */
function offsetOf(carPath: string, kind: number, n: number): number {
  const sections = [...carSections(readFileSync(carPath))].filter(({ node }) => node[0] === kind);
  return sections[n]?.offset ?? -1;
}

test('an archive that is what it claims to be has no fault, and everything in it is counted', async (t) => {
  const base = tempFolder(t);
  await makeArchive(base, { epoch: EPOCH, slots: SLOTS });
  const report = await verifyRun(base, WHOLE, { poh: true });
  assert.deepEqual(report.faults, []);
  assert.deepEqual([report.slots, report.slotsSkipped], [4, 6]);
  assert.deepEqual([report.transactions, report.entries, report.frames], [4, 8, 8]);
  assert.deepEqual([report.sections, report.cids], [16, 16]);
  // Nothing stands before the first slot, so its first entry cannot be proven.
  assert.deepEqual(report.poh, { entries: 7, hashes: 7 * 8 });
  assert.deepEqual(report.chainStarts, [{ slot: FIRST, parentSlot: FIRST - 1 }]);
});

test('the chain goes on from the slot before the range where the archive holds it', async (t) => {
  const base = tempFolder(t);
  await makeArchive(base, { epoch: EPOCH, slots: SLOTS });
  const report = await verifyRun(base, [FIRST + 2, FIRST + 9], { poh: true });
  assert.deepEqual([report.slots, report.poh?.entries, report.chainStartCount], [2, 4, 0]);
});

function block(slot: number, parentSlot: number, hashes: Partial<PackBlock>): PackBlock {
  const transactions = [{ wire: wireTransactions()[0]!.wire, metadata: Buffer.of() }];
  const unknown = { blockhash: null, previousBlockhash: null, blockHeight: null, rewards: null };
  return { slot, parentSlot, blockTime: 1, transactions, ...unknown, ...hashes };
}

async function pack(base: string, epoch: number, blocks: readonly PackBlock[]): Promise<string> {
  const { signal } = new AbortController();
  const { folder } = await packArchive({ epoch, outDir: base, blocks }, signal);
  return join(folder, `epoch-${epoch}.car`);
}

test('the chain goes on from the last slot of the epoch before', async (t) => {
  const base = tempFolder(t);
  const border = (EPOCH + 1) * 432_000;
  const hash = Buffer.alloc(32, 9);
  await pack(base, EPOCH, [block(border - 2, border - 3, { blockhash: hash })]);
  await pack(base, EPOCH + 1, [block(border, border - 2, { previousBlockhash: hash })]);
  const alone = await verifyRun(base, [border, border + 5], { poh: true });
  assert.deepEqual([alone.faultCount, alone.chainStartCount, alone.poh?.entries], [0, 0, 2]);
  const both = await verifyRun(base, [border - 2, border + 5], { poh: true });
  assert.deepEqual([both.slots, startsOf(both)], [2, [border - 2]]);
  assert.deepEqual(kindsOf(both), ['proof-of-history'], 'the closing hash that was made up');
  assert.equal(both.faults[0]?.slot, border - 2);
});

test('an entry whose hash does not follow is a fault of --poh alone, told with its place', async (t) => {
  const base = tempFolder(t);
  const wrong = { numHashes: 3, hash: Buffer.alloc(32, 7), transactionCount: 0 };
  const blocks = [
    block(FIRST, FIRST - 1, {}),
    block(FIRST + 1, FIRST, { transactions: [], entries: [wrong, { ...wrong, numHashes: 0 }] }),
  ];
  const carPath = await pack(base, EPOCH, blocks);
  assert.equal((await verifyRun(base, WHOLE)).faultCount, 0);
  const { faults, poh } = await verifyRun(base, WHOLE, { poh: true });
  assert.equal(faults.length, 1);
  assert.equal(faults[0]?.slot, FIRST + 1);
  assert.equal(faults[0]?.offset, offsetOf(carPath, 1, 2));
  assert.match(
    faults[0]?.message ?? '',
    /^entry 0: expected hash .* after 3 hashes, received 0707/,
  );
  assert.equal(poh?.entries, 2, 'the first slot’s second entry and the entry without hashes');
});

test('an entry that claims more hashes than a slot can have is refused without computing them', async (t) => {
  const base = tempFolder(t);
  const hostile = { numHashes: 2 ** 50, hash: Buffer.alloc(32, 7), transactionCount: 0 };
  await pack(base, EPOCH, [
    block(FIRST, FIRST - 1, {}),
    block(FIRST + 1, FIRST, { transactions: [], entries: [hostile] }),
  ]);
  const report = await verifyRun(base, WHOLE, { poh: true });
  assert.match(report.faults[0]?.message ?? '', /up to \d+ hashes .* received 1125899906842624/);
  assert((report.poh?.hashes ?? 0) < 1000);
});

test('a slot with a changed bit is unreadable, its neighbours are verified, and the chain starts anew behind it', async (t) => {
  const base = tempFolder(t);
  const { carPath } = await makeArchive(base, { epoch: EPOCH, slots: SLOTS });
  flipBit(carPath, offsetOf(carPath, 0, 1) + 60);
  const report = await verifyRun(base, WHOLE, { poh: true });
  assert.deepEqual(kindsOf(report), ['unreadable']);
  assert.equal(report.faults[0]?.slot, FIRST + 1);
  assert.match(report.faults[0]?.message ?? '', /SHA-256 that its CID names/);
  assert.equal(report.slots, 3);
  assert.deepEqual(startsOf(report), [FIRST, FIRST + 3]);
});

const wire = wireTransactions()[0]!.wire;
const SLOT = FIRST;

/** The nodes of one slot with one transaction and rewards, and the ways in which a part of it can be wrong. */
function slotNodes(change: {
  readonly data?: unknown[];
  readonly index?: number;
  readonly slot?: number;
  readonly linked?: Uint8Array;
  readonly rewardsSlot?: number;
  readonly parentSlot?: number;
}): Uint8Array[] {
  const data = change.data ?? loneFrame(wire);
  const { index = 0, slot = SLOT, parentSlot = SLOT - 1 } = change;
  const transaction = encode([0, data, loneFrame(Buffer.of()), slot, index]);
  const link = linkOf(change.linked ?? cidOf(transaction));
  const entry = Buffer.concat([
    ...[Buffer.of(0x84, 1, 1), encode(Buffer.alloc(32, 5)), Buffer.of(0x81), link],
  ]);
  const rewards = encode([5, change.rewardsSlot ?? SLOT, loneFrame(Buffer.of())]);
  const node = Buffer.concat([
    ...[Buffer.of(0x86, 2), encode(SLOT), encode([[0, 0]]), Buffer.of(0x81), linkOf(cidOf(entry))],
    ...[encode([parentSlot, 1_600_000_000, 1]), linkOf(cidOf(rewards))],
  ]);
  return [transaction, entry, rewards, node];
}

const wrongSum = [6, 12_345, null, null, wire];
const missingFrame = [6, null, 0, 2, wire, []];

const cases: readonly [string, Parameters<typeof slotNodes>[0], string][] = [
  ['nothing', {}, ''],
  ['a checksum that is not that of the payload', { data: wrongSum }, 'payload'],
  ['a frame that is not there', { data: missingFrame }, 'payload'],
  ['a transaction of another slot', { slot: SLOT + 1 }, 'transaction-slot'],
  ['a transaction at another index', { index: 3 }, 'transaction-index'],
  ['a link to another transaction', { linked: cidOf(wire) }, 'transaction-links'],
  ['rewards of another slot', { rewardsSlot: SLOT + 1 }, 'rewards-slot'],
  ['a parent behind itself', { parentSlot: SLOT + 1 }, 'parent-slot'],
];

for (const [what, change, kind] of cases) {
  test(`in a slot whose CIDs are right, ${what} is ${kind === '' ? 'no fault' : `a fault: ${kind}`}`, async (t) => {
    const base = tempFolder(t);
    writeCar(base, SLOT, slotNodes(change));
    const report = await verifyRun(base, WHOLE);
    assert.deepEqual(kindsOf(report), kind === '' ? [] : [kind]);
    assert.deepEqual([report.slots, report.sections], [1, 4]);
    for (const { slot, offset } of report.faults) assert(slot === SLOT && offset > 0);
  });
}

test('a slot with bytes that are no transaction cannot be read, though its CIDs are right', async (t) => {
  const base = tempFolder(t);
  writeCar(base, SLOT, slotNodes({ data: loneFrame(wire.subarray(0, 90)) }));
  const report = await verifyRun(base, WHOLE);
  assert.deepEqual([report.slots, kindsOf(report)], [0, ['unreadable']]);
  assert.match(report.faults[0]?.message ?? '', /read a transaction/);
});

test('a slot with more than may be kept of it is unreadable and says which bound it broke', async (t) => {
  const base = tempFolder(t);
  await makeArchive(base, { epoch: EPOCH, slots: SLOTS });
  const report = await verifyRun(base, WHOLE, { slotBytesMax: 900 });
  assert.deepEqual([report.slots, report.faultCount], [0, 4]);
  assert.match(report.faults[0]?.message ?? '', /gather the sections of a slot .* up to 900 bytes/);
});

test('a verification that is cancelled while it reads a local file ends with the error of that', async (t) => {
  const base = tempFolder(t);
  await makeArchive(base, { epoch: EPOCH, slots: SLOTS });
  for (const poh of [false, true]) {
    const scope = new AbortController();
    const run = verifyRun(base, WHOLE, { poh, signal: scope.signal });
    setImmediate(() => scope.abort());
    await assert.rejects(run, { code: 'CANCELLED' });
  }
});

test('an epoch that the archive does not have is an error, not an empty report', async (t) => {
  await assert.rejects(verifyRun(tempFolder(t), WHOLE), { code: 'ARCHIVE_NOT_FOUND' });
});
