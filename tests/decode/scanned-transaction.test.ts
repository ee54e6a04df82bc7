import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildLedgerTransaction } from '../../src/decode/ledger-transaction.ts';
import {
  type ScannedTransaction,
  viewLedgerTransaction,
} from '../../src/decode/scanned-transaction.ts';
import { decodeStatusMeta } from '../../src/decode/status-meta.ts';
import { StatusMetaFields } from '../../src/decode/status-meta-fields.ts';
import { viewLogsAndTokenBalances } from '../../src/decode/status-meta-view.ts';
import { createTransactionLayout, readTransaction } from '../../src/decode/transaction.ts';
import { ZSTD_MAGIC_LE, ZstdDecoder } from '../../src/decode/zstd.ts';
import type { LedgerTransaction } from '../../src/model/ledger-transaction.ts';
import type { TokenBalance } from '../../src/model/status-meta.ts';
import { JsonPlace } from '../../src/pack/json-place.ts';
import { readPackInput } from '../../src/pack/read-pack-input.ts';
import { encodeStatusMeta } from '../../src/pack/status-meta-protobuf.ts';
import { legacyTransaction } from '../support/wire-transaction.ts';

/** Goal: the view of a transaction says what the transaction says that is built of the decoded record. */

const SLOT = 254_170_887;
const block = fileURLToPath(new URL(`../fixtures/ledger/${SLOT}.json.zst`, import.meta.url));
const position = { slot: SLOT, transactionIndex: 3, blockTime: 7 };
const zstd = new ZstdDecoder(1 << 20);
const everyLine = (): boolean => true;

/** Both halves inside larger buffers, as windows hold them. */
function scan(wire: Uint8Array, record: Uint8Array): ScannedTransaction {
  const bytes = Buffer.concat([Buffer.alloc(5, 0xee), wire, Buffer.alloc(5, 0xee)]);
  const layout = createTransactionLayout();
  readTransaction(bytes, 5, 5 + wire.length, layout);
  const metadata = Buffer.concat([Buffer.alloc(3, 0xee), record, Buffer.alloc(9, 0xee)]);
  const fields = new StatusMetaFields();
  fields.read(metadata, 3, 3 + record.length);
  return { wire: bytes, layout, metadata, fields };
}

function recordOf(stored: Uint8Array): Buffer {
  const bytes = Buffer.from(stored);
  const isFrame = bytes.length > 3 && bytes.readUInt32LE(0) === ZSTD_MAGIC_LE;
  return isFrame ? Buffer.from(zstd.decompress(bytes, 0, bytes.length)) : bytes;
}

/** As plain values, since views have getters. */
function plain(transaction: LedgerTransaction) {
  const { instructions, signature, accountKeys, ...rest } = transaction;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return {
    ...rest,
    signature: hex(signature),
    accountKeys: hex(accountKeys),
    instructions: instructions.map(
      ({ outer, inner, stackHeight, programIndex, accounts, data }) => ({
        ...{ outer, inner, stackHeight, programIndex },
        ...{ accounts: hex(accounts), data: hex(data) },
      }),
    ),
  };
}

function plainBalances(balances: readonly TokenBalance[] | null) {
  return balances?.map(({ accountIndex, mint, owner, programId, amount, decimals }) => ({
    ...{ accountIndex, mint, owner, programId, amount, decimals },
  }));
}

test('of every transaction of a real block the view and the built one are the same', async () => {
  const { value: packed } = await readPackInput([block], new AbortController().signal).next();
  assert(packed);
  let balances = 0;
  for (const { wire, metadata } of packed.transactions) {
    const record = recordOf(metadata);
    const scanned = scan(wire, record);
    const meta = decodeStatusMeta(record, SLOT);
    assert(meta !== null);
    const built = buildLedgerTransaction({ ...position, wire, meta });
    assert.deepEqual(plain(viewLedgerTransaction(scanned, position)), plain(built));
    const view = viewLogsAndTokenBalances(scanned, SLOT, everyLine);
    assert.deepEqual(view.logMessages, meta.logMessages ?? []);
    assert.deepEqual(plainBalances(view.preTokenBalances), plainBalances(meta.preTokenBalances));
    assert.deepEqual(plainBalances(view.postTokenBalances), plainBalances(meta.postTokenBalances));
    balances += meta.postTokenBalances?.length ?? 0;
  }
  assert(balances > 1000, 'the block moves tokens');
});

const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const calls = ['a', 'b'].map((data) => ({ program: 1, accounts: [0], data: Buffer.from(data) }));

function inner(programIdIndex: number) {
  return { programIdIndex, accounts: [0], data: '2', stackHeight: 2 };
}

function recordWith(innerInstructions: readonly object[]): Uint8Array {
  const meta = { err: null, fee: 5000, preBalances: [9], postBalances: [8], innerInstructions };
  return encodeStatusMeta(new JsonPlace(meta, 'made'));
}

test('inner instructions stand behind their caller in whatever order they were recorded', () => {
  const wire = legacyTransaction(1, keys, calls);
  const record = recordWith([
    { index: 1, instructions: [inner(0)] },
    { index: 0, instructions: [inner(1)] },
    { index: 1, instructions: [inner(2)] },
  ]);
  const { instructions } = viewLedgerTransaction(scan(wire, record), position);
  assert.deepEqual(
    instructions.map(({ outer, inner, programIndex }) => [outer, inner, programIndex]),
    [
      [0, -1, 1],
      [0, 0, 1],
      [1, -1, 1],
      [1, 0, 0],
      [1, 1, 2],
    ],
  );
  const built = buildLedgerTransaction({
    ...{ ...position, wire },
    meta: decodeStatusMeta(record, SLOT),
  });
  assert.deepEqual(plain(viewLedgerTransaction(scan(wire, record), position)), plain(built));
});

test('a transaction without signature and an inner instruction of none are malformed', () => {
  const unsigned = scan(legacyTransaction(0, keys, calls), recordWith([]));
  assert.throws(() => viewLedgerTransaction(unsigned, position), { code: 'RECORD_MALFORMED' });
  const stray = recordWith([{ index: 2, instructions: [inner(0)] }]);
  assert.throws(
    () => viewLedgerTransaction(scan(legacyTransaction(1, keys, calls), stray), position),
    { code: 'RECORD_MALFORMED', message: /expected one of 2 instructions, received number 2/ },
  );
});

test('only lines that are wanted become texts, of whatever letters they are', () => {
  const logMessages = ['one', 'žluťoučký kůň', 'three'];
  const meta = { err: null, fee: 1, preBalances: [], postBalances: [], logMessages };
  const record = encodeStatusMeta(new JsonPlace(meta, 'made'));
  const scanned = scan(legacyTransaction(1, keys, calls), record);
  const asked: string[] = [];
  const view = viewLogsAndTokenBalances(scanned, SLOT, (bytes, start, end) => {
    asked.push(bytes.toString('utf8', start, end));
    return bytes[start] !== 'o'.charCodeAt(0);
  });
  assert.deepEqual(view.logMessages, ['žluťoučký kůň', 'three']);
  assert.deepEqual(asked, logMessages);
});
