import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@ipld/dag-cbor';
import { AccountKeySet } from '../../src/decode/account-key-set.ts';
import { decodeLedgerNode } from '../../src/decode/ledger-node.ts';
import { EVENT_FLAG } from '../../src/decode/section-tables.ts';
import { VOTE_PROGRAM } from '../../src/decode/vote-transaction.ts';
import {
  emptyBlockNode,
  frameNode,
  loneFrame,
  rootlessHeader,
  sectionOf,
  smallCar,
  transactionNode,
  wireTransactions,
} from '../support/car-bytes.ts';
import { scannerWith, scanOutcome } from '../support/scan-outcome.ts';
import { legacyTransaction, version1Transaction } from '../support/wire-transaction.ts';

/** Goal: the loop over the archive finds every section and exactly the transactions that were asked for. */

const car = smallCar();
const start = rootlessHeader.length;
const keyA = Buffer.alloc(32, 0xaa);
const keyB = Buffer.alloc(32, 0xbb);
const vote = { program: 1, accounts: [0], data: Buffer.from('vote') };

function carOf(...nodes: readonly Uint8Array[]): Buffer {
  return Buffer.concat(nodes.map(sectionOf));
}

test('the fast and the general reading of real nodes agree, and the general decoder reads what they found', () => {
  const keys = new AccountKeySet([VOTE_PROGRAM]);
  for (const question of [{ keys }, { lookupsAreCandidates: true }, { everyTransaction: true }]) {
    const fast = scanOutcome(scannerWith(question), car, start);
    const general = scanOutcome(scannerWith({ ...question, fastPath: false }), car, start);
    assert.deepEqual(fast, general);
    assert.equal(fast.at, car.length);
    assert.deepEqual(fast.errors, []);
  }
  const { sections, events, counters } = scanOutcome(
    scannerWith({ everyTransaction: true }),
    car,
    start,
  );
  const nodes = sections.map(([, , node, end]) => decodeLedgerNode(car, node!, end!));
  assert.deepEqual(
    sections.map(([, , , , kind]) => kind),
    nodes.map(({ kind }) => kind),
  );
  assert.deepEqual(
    events
      .filter(({ kind }) => kind === 0)
      .map(({ dataStart, dataEnd, index, slot }) => [
        car.toString('hex', dataStart, dataEnd),
        index,
        slot,
      ]),
    nodes.flatMap((n) =>
      n.kind === 0 ? [[Buffer.from(n.data.data).toString('hex'), n.index, n.slot]] : [],
    ),
  );
  assert.deepEqual(
    [counters['transactions'], counters['entries'], counters['sections'], counters['bytes']],
    [23, 4, sections.length, car.length - start],
  );
});

/** The sections of the small CAR in groups of about four kilobytes: flips then cost a scan of a group each. */
function sectionGroups(): Buffer[] {
  const groups: Buffer[] = [];
  let from = start;
  for (const [, , , end] of scanOutcome(scannerWith(), car, start).sections) {
    if (end! - from < 4000 && end! < car.length) continue;
    groups.push(Buffer.from(car.subarray(from, end)));
    from = end!;
  }
  return groups;
}

test('with any byte flipped both readings agree, end, and throw nothing but operating errors', () => {
  const question = { lookupsAreCandidates: true, keys: new AccountKeySet([VOTE_PROGRAM]) };
  const fast = scannerWith(question);
  const general = scannerWith({ ...question, fastPath: false });
  let broken = 0;
  for (const bytes of sectionGroups()) {
    for (let i = 0; i < bytes.length; i++) {
      const flip = i % 3 === 0 ? 0xff : 1 << (i % 8);
      bytes[i] = bytes[i]! ^ flip;
      fast.resetSlot();
      general.resetSlot();
      const seen = scanOutcome(fast, bytes, 0);
      assert.deepEqual(seen, scanOutcome(general, bytes, 0), `byte ${i} flipped by ${flip}`);
      if (seen.errors.length > 0) broken++;
      bytes[i] = bytes[i]! ^ flip;
    }
  }
  assert(broken > 500, `${broken} of the flips broke a section`);
});

test('a window may end anywhere: the scan stops before the section that is cut off', () => {
  const whole = scanOutcome(scannerWith(), car, start).sections;
  const scanner = scannerWith({ sectionsMax: 100 });
  for (let end = start; end < car.length; end += 7) {
    const reached = scanner.scan(car, start, end);
    const complete = whole.filter(([, , , sectionEnd]) => sectionEnd! <= end);
    assert.equal(scanner.sections.count, complete.length);
    assert.equal(reached, complete.at(-1)?.[3] ?? start);
    const next = whole[complete.length];
    const known = next !== undefined && end - reached >= next[2]! - next[0]! - 36;
    assert.equal(scanner.neededBytes, known ? next[3]! - next[0]! : 0);
  }
});

test('a full table ends the call early and the next call goes on', () => {
  const whole = scanOutcome(scannerWith({ everyTransaction: true }), car, start);
  for (const room of [{ sectionsMax: 1 }, { eventsMax: 1 }, { sectionsMax: 5, eventsMax: 3 }]) {
    const parts = scanOutcome(scannerWith({ everyTransaction: true, ...room }), car, start);
    assert.deepEqual(parts, whole);
  }
});

test('transactions with a wanted static key are events, whichever place the key has', () => {
  const one = { program: 0, accounts: [], data: Buffer.of() };
  const wires = [[keyA], [keyB], [keyB, keyA], [keyB, VOTE_PROGRAM]].map((keys) =>
    legacyTransaction(1, keys, [one]),
  );
  const bytes = carOf(...wires.map((wire, i) => transactionNode(wire, keyB, 400_000_000, i)));
  for (const fastPath of [true, false]) {
    const keys = new AccountKeySet([keyA]);
    const { events, counters } = scanOutcome(scannerWith({ keys, fastPath }), bytes, 0);
    assert.deepEqual(
      events.map(({ index, flags }) => [index, flags]),
      [
        [0, EVENT_FLAG.keyMatch],
        [2, EVENT_FLAG.keyMatch],
      ],
    );
    assert.equal(counters['transactions'], 4);
  }
});

test('each Block carries what was counted since the one before, votes among it', () => {
  const keys = [keyA, VOTE_PROGRAM];
  const plain = transactionNode(legacyTransaction(1, keys, [vote, vote]), keyA, 7, 0);
  const voting = transactionNode(legacyTransaction(2, keys, [vote]), keyA, 7, 1);
  const tick = encode([1, 5, Buffer.alloc(32), []]);
  const bytes = carOf(plain, voting, tick, tick, emptyBlockNode(7), voting, emptyBlockNode(8));
  const { events, counters } = scanOutcome(scannerWith(), bytes, 0);
  assert.deepEqual(events, [
    { kind: 2, section: 4, slot: 7, transactions: 2, votes: 1, entries: 2 },
    { kind: 2, section: 6, slot: 8, transactions: 1, votes: 1, entries: 0 },
  ]);
  assert.deepEqual([counters['votes'], counters['transactions']], [2, 3]);
});

test('a slot that is read again is counted once', () => {
  const bytes = carOf(
    transactionNode(legacyTransaction(1, [keyA, VOTE_PROGRAM], [vote]), keyA, 7, 0),
    emptyBlockNode(7),
  );
  const scanner = scannerWith();
  scanner.scan(bytes, 0, bytes.length - 1);
  scanner.resetSlot();
  const { events, counters } = scanOutcome(scanner, bytes, 0);
  assert.equal(events[0]?.['votes'], 1);
  assert.deepEqual([counters['transactions'], counters['votes']], [1, 1]);
});

test('a transaction without index takes its place since the last Block', () => {
  const wire = legacyTransaction(1, [keyA], []);
  const old = encode([0, loneFrame(wire), loneFrame(keyA), 7, null]);
  const bytes = carOf(
    old,
    old,
    emptyBlockNode(7),
    encode([0, loneFrame(wire), loneFrame(keyA), 8]),
  );
  const { events } = scanOutcome(scannerWith({ everyTransaction: true }), bytes, 0);
  assert.deepEqual(
    events.flatMap((e) => (e['kind'] === 0 ? [e['index']] : [])),
    [0, 1, 0],
  );
});

test('version 1 transactions are matched, and never votes', () => {
  const wire = version1Transaction([keyB, VOTE_PROGRAM, keyA], [vote]);
  const bytes = carOf(transactionNode(wire, keyB, 400_000_000, 3));
  const { events } = scanOutcome(scannerWith({ keys: new AccountKeySet([keyA]) }), bytes, 0);
  assert.deepEqual(
    events.map(({ flags }) => flags),
    [EVENT_FLAG.keyMatch],
  );
});

test('transactions with lookups are events only where that is asked for', () => {
  const nodes = wireTransactions().map(({ wire, index }) => transactionNode(wire, keyA, 9, index));
  const bytes = carOf(...nodes);
  const asked = scanOutcome(scannerWith({ lookupsAreCandidates: true }), bytes, 0).events;
  assert.equal(asked.length, 5);
  assert(asked.every(({ flags }) => (flags! & EVENT_FLAG.lookups) !== 0));
  assert.deepEqual(scanOutcome(scannerWith(), bytes, 0).events, []);
});

test('a continued transaction is always an event and is not counted as a vote', () => {
  const wire = legacyTransaction(1, [keyA, VOTE_PROGRAM], [vote]);
  const first = frameNode({ hash: 1n, index: 0, total: 2, data: wire.subarray(0, 40), next: [] });
  const rest = frameNode({ hash: 1n, index: 1, total: 2, data: wire.subarray(40), next: [] });
  const lone = encode(loneFrame(wire));
  const tail = Buffer.from('0705', 'hex');
  const bytes = carOf(
    rest,
    Buffer.concat([Buffer.of(0x85, 0), first, lone, tail]),
    Buffer.concat([Buffer.of(0x85, 0), lone, first, tail]),
  );
  const { events, counters } = scanOutcome(scannerWith({ everyTransaction: true }), bytes, 0);
  assert.deepEqual(
    events.map(({ kind, flags }) => [kind, flags]),
    [
      [6, undefined],
      [0, EVENT_FLAG.dataContinued],
      [0, EVENT_FLAG.metadataContinued | EVENT_FLAG.vote],
    ],
  );
  assert.deepEqual([counters['transactions'], counters['votes']], [2, 1]);
});

test('a broken node is told with its offset, keeps what stood before, and can be passed', () => {
  const good = transactionNode(legacyTransaction(1, [keyA], []), keyB, 400_000_000, 0);
  const bad = Buffer.from(good);
  bad[8] = 0;
  const bytes = carOf(good, bad, good);
  const scanner = scannerWith({ everyTransaction: true });
  const size = sectionOf(good).length;
  assert.throws(() => scanner.scan(bytes, 0, bytes.length), { code: 'RECORD_MALFORMED' });
  assert.deepEqual([scanner.sections.count, scanner.events.count], [1, 1]);
  assert.equal(scanner.resumeAt, 2 * size);
  assert.equal(scanner.scan(bytes, scanner.resumeAt, bytes.length), bytes.length);
  assert.equal(scanner.sections.count, 1);
});

test('a broken frame ends the walk, and a section over the limit is refused', () => {
  const bytes = carOf(emptyBlockNode(7), emptyBlockNode(8));
  bytes[sectionOf(emptyBlockNode(7)).length + 1] = 0x02;
  const scanner = scannerWith();
  assert.throws(() => scanner.scan(bytes, 0, bytes.length), { code: 'RECORD_MALFORMED' });
  assert.deepEqual([scanner.events.count, scanner.resumeAt], [1, -1]);
  const narrow = scannerWith({ sectionBytesMax: 100 });
  const large = carOf(transactionNode(legacyTransaction(1, [keyA], []), keyB, 7, 0));
  assert.throws(() => narrow.scan(large, 0, large.length), { code: 'RECORD_TOO_LARGE' });
});

test('a section of more than two megabytes is taken like any other', () => {
  const wire = legacyTransaction(1, [keyA], []);
  const bytes = carOf(
    transactionNode(wire, Buffer.alloc(3 << 20), 400_000_000, 0),
    emptyBlockNode(400_000_000),
  );
  const scanner = scannerWith({ everyTransaction: true, sectionBytesMax: 32 << 20 });
  const { events } = scanOutcome(scanner, bytes, 0);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    [0, 2],
  );
  assert.equal(events[0]!['metadataEnd']! - events[0]!['metadataStart']!, 3 << 20);
});
