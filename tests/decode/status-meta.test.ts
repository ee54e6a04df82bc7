import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { OperatingError } from '../../src/core/errors.ts';
import { decodeStatusMeta } from '../../src/decode/status-meta.ts';
import { INNER_STRIDE, LOG_STRIDE, StatusMetaFields } from '../../src/decode/status-meta-fields.ts';
import { transactionErrorText } from '../../src/decode/transaction-error.ts';
import { ZstdDecoder } from '../../src/decode/zstd.ts';
import type { StatusMeta } from '../../src/model/status-meta.ts';

/** Goal: metadata of every age reads as an independent decoder reads it; broken bytes are named, never believed. */

const folder = new URL('../fixtures/metadata/', import.meta.url);
const nodes = new URL('../fixtures/ledger/nodes/', import.meta.url);
const read = (name: string): Buffer => readFileSync(new URL(name, folder));

interface ExpectedToken {
  readonly i: number;
  readonly mint: string;
  readonly dec: number;
  readonly amount: string;
}

interface ExpectedRecord {
  readonly encoding: string;
  readonly decoded: {
    readonly fee: number | string;
    readonly pre?: readonly number[];
    readonly post?: readonly number[];
    readonly pre_balances?: readonly string[];
    readonly post_balances?: readonly string[];
    readonly inner?: 'EOF' | null | readonly unknown[];
    readonly logs?: 'EOF' | readonly string[];
    readonly log_messages?: readonly string[];
    readonly pretb?: 'EOF' | readonly ExpectedToken[];
    readonly posttb?: 'EOF' | readonly ExpectedToken[];
    readonly err?: { readonly err: string };
  };
}

const expected: Readonly<Record<string, ExpectedRecord>> = JSON.parse(
  read('expected.json').toString(),
);

/** A slot of the record's age: the rule depends on it. */
function slotOf(name: string): number {
  if (name.includes('156_67684801')) return 67_684_801;
  if (name.includes('156_67681336')) return 67_681_336;
  if (name.includes('148')) return 148 * 432_000;
  if (name.includes('153')) return 153 * 432_000;
  return 39 * 432_000;
}

function decodeVector(name: string): StatusMeta {
  const meta = decodeStatusMeta(read(`${name}.bin`), slotOf(name));
  assert(meta !== null);
  return meta;
}

function plainTokens(list: 'EOF' | readonly ExpectedToken[] | undefined): unknown {
  if (list === 'EOF') return null;
  return (list ?? []).map(({ i, mint, dec, amount }) => ({
    accountIndex: i,
    mint,
    owner: null,
    programId: null,
    amount,
    decimals: dec,
  }));
}

for (const [name, { encoding, decoded }] of Object.entries(expected)) {
  test(`${name} (${encoding.split('(')[0]}) reads as the independent decoder reads it`, () => {
    const meta = decodeVector(name);
    const isProtobuf = encoding === 'protobuf';
    const logs = isProtobuf ? decoded.log_messages : decoded.logs;
    assert.equal(meta.fee, BigInt(decoded.fee));
    assert.deepEqual(meta.preBalances, (decoded.pre ?? decoded.pre_balances ?? []).map(BigInt));
    assert.deepEqual(meta.postBalances, (decoded.post ?? decoded.post_balances ?? []).map(BigInt));
    const lines = logs === 'EOF' ? null : (logs ?? []).map((line) => line.replace('[;]', ''));
    assert.deepEqual(meta.logMessages, lines);
    assert.deepEqual(meta.preTokenBalances, plainTokens(decoded.pretb));
    assert.deepEqual(meta.postTokenBalances, plainTokens(decoded.posttb));
    const inner = decoded.inner === 'EOF' || decoded.inner === null ? null : [];
    assert.deepEqual(meta.innerInstructions, inner);
    assert.equal(meta.failed, decoded.err !== undefined);
    const error = meta.error === null ? undefined : Buffer.from(meta.error).toString('base64');
    assert.equal(error, decoded.err?.err);
  });
}

test('no bytes mean no metadata', () => {
  assert.equal(decodeStatusMeta(new Uint8Array(0), 5), null);
});

test('the result does not change when the bytes it came from do', () => {
  const bytes = read('decode_153_first.bin');
  const meta = decodeStatusMeta(bytes, 153 * 432_000);
  const before = transactionErrorText(meta?.error ?? new Uint8Array(0));
  bytes.fill(0);
  assert.equal(transactionErrorText(meta?.error ?? new Uint8Array(0)), before);
  assert.equal(before, 'InstructionError(1, Custom(41))');
});

test('a v2 record outside its window and a legacy one inside it are read all the same', () => {
  const v2 = read('decode_156_67681336_v2_token_amount.bin');
  assert.equal(decodeStatusMeta(v2, 1)?.preTokenBalances?.[0]?.amount, '139000000');
  const legacy = read('decode_early_epoch_metadata.bin');
  assert.equal(decodeStatusMeta(legacy, 67_681_400)?.logMessages?.length, 7);
});

test('metadata inside real transaction nodes is a frame that decompresses to a known record', () => {
  const zstd = new ZstdDecoder(1 << 20);
  for (const number of [0, 1, 2, 4, 5]) {
    const node = readFileSync(new URL(`transaction_raw${number}.cbor`, nodes));
    const start = node.indexOf(Buffer.from('28b52ffd', 'hex'));
    const length = node[start - 1]!;
    const record = zstd.decompress(node, start, start + length);
    assert(record.equals(read(`epoch39_transaction_raw${number}.bin`)));
  }
});

/** The fields of both readers side by side. */
function fieldsOf(fields: StatusMetaFields, bytes: Buffer): unknown {
  const { inner, logs } = fields;
  const span = (start: number, length: number): string =>
    bytes.toString('hex', start, start + length);
  return {
    failed: fields.failed,
    fee: fields.fee,
    computeUnits: fields.computeUnits,
    inner: Array.from({ length: fields.innerCount }, (_, row) => {
      const [outer, program, accountsAt, accounts, dataAt, data, height] = inner.subarray(
        row * INNER_STRIDE,
        (row + 1) * INNER_STRIDE,
      ) as unknown as number[];
      return [outer, program, span(accountsAt!, accounts!), span(dataAt!, data!), height];
    }),
    logs: Array.from({ length: fields.logCount }, (_, row) =>
      bytes.toString('utf8', logs[row * LOG_STRIDE], logs[row * LOG_STRIDE + 1]),
    ),
    writable: [...fields.loadedWritable.subarray(0, fields.loadedWritableCount)].map((at) =>
      span(at, 32),
    ),
    readonly: [...fields.loadedReadonly.subarray(0, fields.loadedReadonlyCount)].map((at) =>
      span(at, 32),
    ),
  };
}

function keysOf(keys: Uint8Array): string[] {
  return Array.from({ length: keys.length / 32 }, (_, k) =>
    Buffer.from(keys.subarray(k * 32, k * 32 + 32)).toString('hex'),
  );
}

function fieldsOfMeta(meta: StatusMeta): unknown {
  return {
    failed: meta.failed,
    fee: Number(meta.fee),
    computeUnits: meta.computeUnits === null ? -1 : Number(meta.computeUnits),
    inner: (meta.innerInstructions ?? []).flatMap(({ outer, instructions }) =>
      instructions.map(({ programIndex, accounts, data, stackHeight }) => [
        outer,
        programIndex,
        Buffer.from(accounts).toString('hex'),
        Buffer.from(data).toString('hex'),
        stackHeight ?? -1,
      ]),
    ),
    logs: meta.logMessages ?? [],
    writable: keysOf(meta.loadedWritable),
    readonly: keysOf(meta.loadedReadonly),
  };
}

/** A protobuf field: tag, length and content, or a number. */
function field(number: number, content: Buffer | number): Buffer {
  const tag = varint(number * 8 + (typeof content === 'number' ? 0 : 2));
  if (typeof content === 'number') return Buffer.concat([tag, varint(content)]);
  return Buffer.concat([tag, varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Buffer.from([...bytes, left]);
}

function fullRecord(): Buffer {
  const key = (byte: number): Buffer => Buffer.alloc(32, byte);
  const instruction = (program: number, height: number | null): Buffer =>
    Buffer.concat([
      field(1, program),
      field(2, Buffer.from([1, 2, program])),
      field(3, Buffer.alloc(200, program)),
      ...(height === null ? [] : [field(4, height)]),
    ]);
  const amount = Buffer.concat([
    Buffer.from('090000000000001440', 'hex'),
    field(2, 6),
    field(3, Buffer.from('5000000')),
    field(4, Buffer.from('5')),
  ]);
  const token = Buffer.concat([
    field(1, 3),
    field(2, Buffer.from('mint')),
    field(3, amount),
    field(4, Buffer.from('owner')),
    field(5, Buffer.from('program')),
  ]);
  return Buffer.concat([
    field(2, 5000),
    field(
      3,
      Buffer.concat([varint(300), varint(2 ** 53), Buffer.from('ffffffffffffffffff01', 'hex')]),
    ),
    field(4, 7),
    field(
      5,
      Buffer.concat([field(1, 2), field(2, instruction(9, 2)), field(2, instruction(8, 3))]),
    ),
    field(5, Buffer.concat([field(2, instruction(7, null)), field(1, 4)])),
    field(6, Buffer.from('Program log: žluťoučký')),
    field(6, Buffer.alloc(0)),
    field(7, token),
    field(
      9,
      Buffer.concat([field(1, Buffer.from('who')), Buffer.from('10ffffffffffffffffff01', 'hex')]),
    ),
    field(12, key(1)),
    field(12, key(2)),
    field(13, key(3)),
    field(14, Buffer.concat([field(1, key(4)), field(2, Buffer.from('back'))])),
    field(16, 123_456),
    field(17, 99),
    field(1000, Buffer.from('of a later version')),
  ]);
}

test('every field of a protobuf record is kept', () => {
  const meta = decodeStatusMeta(fullRecord(), 300_000_000);
  assert(meta !== null);
  assert.deepEqual(meta.preBalances, [300n, 2n ** 53n, 2n ** 64n - 1n]);
  assert.deepEqual(meta.postBalances, [7n]);
  assert.deepEqual(meta.preTokenBalances, [
    {
      accountIndex: 3,
      mint: 'mint',
      owner: 'owner',
      programId: 'program',
      amount: '5000000',
      decimals: 6,
    },
  ]);
  assert.deepEqual(meta.postTokenBalances, []);
  assert.deepEqual(meta.rewards, [
    { pubkey: 'who', lamports: -1n, postBalance: 0n, type: 'unspecified', commission: null },
  ]);
  assert.equal(Buffer.from(meta.returnData?.data ?? []).toString(), 'back');
  assert.equal(meta.costUnits, 99n);
  assert.deepEqual(
    meta.innerInstructions?.map(({ outer }) => outer),
    [2, 4],
  );
});

test('lists that were not recorded are null, recorded ones without elements are empty', () => {
  const meta = decodeStatusMeta(
    Buffer.concat([field(2, 1), field(10, 1), field(11, 1), field(15, 1)]),
    1,
  );
  assert.equal(meta?.innerInstructions, null);
  assert.equal(meta?.logMessages, null);
  assert.equal(meta?.returnData, null);
  const empty = decodeStatusMeta(field(2, 1), 1);
  assert.deepEqual([empty?.innerInstructions, empty?.logMessages], [[], []]);
});

test('the reader of needed fields agrees with the full one on every vector', () => {
  const fields = new StatusMetaFields();
  const records = Object.keys(expected).map((name) => [read(`${name}.bin`), slotOf(name)] as const);
  for (const [bytes, slot] of [...records, [fullRecord(), 1] as const]) {
    const padded = Buffer.concat([Buffer.alloc(13, 0xee), bytes, Buffer.alloc(9, 0xee)]);
    fields.read(padded, 13, 13 + bytes.length);
    const meta = decodeStatusMeta(bytes, slot);
    assert(meta !== null);
    assert.deepEqual(fieldsOf(fields, padded), fieldsOfMeta(meta));
  }
  fields.read(Buffer.alloc(0), 0, 0);
  assert.deepEqual(
    [fields.failed, fields.fee, fields.logCount, fields.computeUnits],
    [false, 0, 0, -1],
  );
});

test('tables of the fields reader grow with the record', () => {
  const key = Buffer.alloc(32, 5);
  const many = Array.from({ length: 700 }, (_, k) =>
    Buffer.concat([
      field(5, Buffer.concat([field(1, k), field(2, field(1, k))])),
      field(6, Buffer.from(`${k}`)),
      field(12, key),
      field(13, key),
    ]),
  );
  const bytes = Buffer.concat(many);
  const fields = new StatusMetaFields();
  fields.read(bytes, 0, bytes.length);
  const meta = decodeStatusMeta(bytes, 1);
  assert(meta !== null);
  assert.deepEqual(fieldsOf(fields, bytes), fieldsOfMeta(meta));
});

/** Runs both readers; anything but a result or an error about the bytes fails the test. */
function readBoth(bytes: Buffer, slot: number): void {
  const fields = new StatusMetaFields();
  for (const run of [
    () => decodeStatusMeta(bytes, slot),
    () => fields.read(bytes, 0, bytes.length),
  ]) {
    try {
      run();
    } catch (error) {
      assert(error instanceof OperatingError && error.code === 'RECORD_MALFORMED', `${error}`);
      assert(typeof error.fields['offset'] === 'number');
    }
  }
}

test('every changed byte and every truncation of every vector ends in a result or a named error', () => {
  const vectors: [Buffer, number][] = readdirSync(folder)
    .filter((name) => name.endsWith('.bin'))
    .map((name) => [read(name), slotOf(name)]);
  vectors.push([fullRecord(), 1]);
  for (const [bytes, slot] of vectors) {
    for (let at = 0; at < bytes.length; at++) {
      const was = bytes[at]!;
      for (const byte of [0, 1, 0x7f, 0x80, 0xff, was ^ 1, was ^ 0x40]) {
        bytes[at] = byte;
        readBoth(bytes, slot);
      }
      bytes[at] = was;
      readBoth(bytes.subarray(0, at), slot);
    }
  }
});

test('hostile lengths and counts are refused before anything is made for them', () => {
  const u64 = 'ffffffffffffff7f';
  const hostile = [
    `32${'ff'.repeat(9)}01`,
    `32${'80'.repeat(30)}01`,
    `10${'ff'.repeat(11)}`,
    '3a8080808010',
    '0300',
    '1b1c',
    `00000000${'00'.repeat(8)}${u64}`,
    `00000000${'00'.repeat(8)}${'00'.repeat(16)}01${u64}`,
    `00000000${'00'.repeat(8)}${'00'.repeat(16)}0001${u64}`,
    `00000000${'00'.repeat(8)}${'00'.repeat(16)}02`,
    `0100000063000000${'00'.repeat(40)}`,
    '6205aabbccddee',
  ];
  const fields = new StatusMetaFields();
  for (const hex of hostile) {
    const bytes = Buffer.from(hex, 'hex');
    assert.throws(() => decodeStatusMeta(bytes, 1), { code: 'RECORD_MALFORMED' }, hex);
    // The fields reader steps over balances of tokens without a look; the rest it refuses alike.
    if (!hex.startsWith('1b')) {
      assert.throws(() => fields.read(bytes, 0, bytes.length), { code: 'RECORD_MALFORMED' }, hex);
    }
  }
});
