import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import { decodeBase58, encodeBase58 } from '../../src/core/base58.ts';
import { AccountKeySet } from '../../src/decode/account-key-set.ts';
import { checkBlock } from '../../src/decode/block-check.ts';
import { decodeCarHeader, SECTION_BYTES_MAX } from '../../src/decode/car-frame.ts';
import { nextPohHash } from '../../src/decode/poh.ts';
import { EVENT_FLAG } from '../../src/decode/section-tables.ts';
import { createTransactionLayout, readTransaction } from '../../src/decode/transaction.ts';
import { ledgerArchives, skipWithoutArchives } from '../support/ledger-archives.ts';
import { type ScanOutcome, scannerWith, scanOutcome } from '../support/scan-outcome.ts';
import { readSlots, type SlotFacts } from '../support/slot-reader.ts';

/** Goal: every node of every real archive decodes to what independent programs say of it. */

/** Mainnet's genesis hash, the start of its proof-of-history chain. */
const GENESIS_HASH = '5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d';
/** Serum's order book program, busy in the archives of 2020 and 2021. */
const EXCHANGE = decodeBase58('EUqojwWA2rd19FZrzeBncJsm38Jm1hEhE3zsmX3bRc2o') ?? Buffer.of();

function signaturesOf(wire: Uint8Array): Uint8Array[] {
  const layout = createTransactionLayout();
  readTransaction(wire, 0, wire.length, layout);
  return Array.from({ length: layout.signatureCount }, (_, i) => {
    const at = layout.signaturesStart + i * 64;
    return wire.subarray(at, at + 64);
  });
}

test('every slot of every archive has the golden facts, and its links and sections agree', {
  skip: skipWithoutArchives,
}, () => {
  for (const { name, car, golden } of ledgerArchives()) {
    const slots = [...readSlots(car)];
    assert.equal(slots.length, golden.length, name);
    for (const [i, { facts, sections }] of slots.entries()) {
      const expected = Object.fromEntries(
        Object.keys(facts).map((key) => [key, golden[i]?.[key as keyof typeof facts]]),
      );
      assert.deepEqual(facts, expected, `${name} slot ${facts.slot}`);
      assert.deepEqual(checkBlock(sections), [], `${name} slot ${facts.slot}`);
    }
  }
});

test('the fast and the general scan of every archive agree, and every CID is the hash of its node', {
  skip: skipWithoutArchives,
}, () => {
  for (const { name, car } of ledgerArchives()) {
    const start = decodeCarHeader(car)?.end ?? -1;
    const outcome = (fastPath: boolean): ScanOutcome =>
      scanOutcome(
        scannerWith({
          keys: new AccountKeySet([EXCHANGE]),
          lookupsAreCandidates: true,
          sectionBytesMax: SECTION_BYTES_MAX,
          sectionsMax: 4096,
          eventsMax: 1024,
          fastPath,
        }),
        car,
        start,
      );
    const fast = outcome(true);
    assert.equal(fast.at, car.length, name);
    assert.deepEqual(fast, outcome(false), name);
    for (const [, digestStart, nodeStart, end] of fast.sections) {
      const digest = hash('sha256', car.subarray(nodeStart, end), 'buffer');
      assert.equal(digest.compare(car, digestStart, nodeStart), 0, name);
    }
  }
});

test('the scan counts each slot as the golden facts do and finds each transaction with the key', {
  skip: skipWithoutArchives,
}, () => {
  for (const { name, car, golden } of ledgerArchives()) {
    const keys = new AccountKeySet([EXCHANGE]);
    const options = { keys, sectionBytesMax: SECTION_BYTES_MAX, sectionsMax: 500, eventsMax: 500 };
    const { events } = scanOutcome(scannerWith(options), car, decodeCarHeader(car)?.end ?? -1);
    const blocks = events.filter(({ kind }) => kind === 2);
    const continued = events.filter(({ flags }) => (flags ?? 0) & EVENT_FLAG.dataContinued).length;
    assert.deepEqual(
      blocks.map(({ slot, transactions, entries }) => [slot, transactions, entries]),
      golden.map(({ slot, transactions, entries }) => [slot, transactions, entries]),
      name,
    );
    if (continued > 0) continue;
    assert.deepEqual(
      blocks.map(({ votes }) => votes),
      golden.map(({ votes }) => votes),
      name,
    );
    const found = events.filter(({ kind }) => kind === 0).map(({ slot, index }) => [slot, index]);
    assert.deepEqual(found, withKey([...readSlots(car)]), name);
  }
});

/** Slot and index of transactions with the key, found in the plainest way. */
function withKey(slots: readonly SlotFacts[]): number[][] {
  const layout = createTransactionLayout();
  return slots.flatMap(({ facts, wires }) =>
    wires.flatMap((wire, index) => {
      readTransaction(wire, 0, wire.length, layout);
      const keys = Array.from({ length: layout.keyCount }, (_, i) => layout.keysStart + i * 32);
      const has = keys.some((at) => Buffer.compare(wire.subarray(at, at + 32), EXCHANGE) === 0);
      return has ? [[facts.slot, index]] : [];
    }),
  );
}

test('proof of history holds from genesis on over the first slots', {
  skip: skipWithoutArchives,
}, () => {
  for (const { name, car } of ledgerArchives()) {
    if (!name.includes('epoch-0-')) continue;
    let state: Uint8Array = decodeBase58(GENESIS_HASH) ?? Buffer.of();
    // Two slots are 1.6 million hashes; all thirty would take most of a minute.
    for (const { sections, wires } of [...readSlots(car)].slice(0, 2)) {
      let next = 0;
      for (const { node } of sections.entries) {
        const own = wires.slice(next, next + node.transactions.length);
        next += own.length;
        const step = { numHashes: node.numHashes, signatures: own.flatMap(signaturesOf) };
        state = nextPohHash(state, step, 1_000_000);
        assert.equal(encodeBase58(state), encodeBase58(node.hash), name);
      }
    }
  }
});

test('proof of history holds over every entry with transactions of the real slot 68,234,640', {
  skip: skipWithoutArchives,
}, () => {
  for (const { name, car } of ledgerArchives()) {
    if (!name.includes('epoch-157-biggest')) continue;
    const [slot] = [...readSlots(car)];
    assert(slot !== undefined);
    let previous: Uint8Array | undefined;
    let proven = 0;
    let next = 0;
    for (const { node } of slot.sections.entries) {
      const own = slot.wires.slice(next, next + node.transactions.length);
      next += own.length;
      if (previous !== undefined && own.length > 0) {
        const step = { numHashes: node.numHashes, signatures: own.flatMap(signaturesOf) };
        const state = nextPohHash(previous, step, 1_000_000);
        assert.equal(encodeBase58(state), encodeBase58(node.hash));
        proven++;
      }
      previous = node.hash;
    }
    assert(proven > 3000, `${proven} entries`);
  }
});
