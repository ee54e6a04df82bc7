import assert from 'node:assert/strict';
import test from 'node:test';
import { DictionaryColumn } from '../../src/sinks/dictionary-column.ts';
import { ByteColumn, nativeBlock, WordColumn } from '../../src/sinks/native-columns.ts';
import {
  LongColumn,
  NullableColumn,
  ShortColumn,
  StringColumn,
} from '../../src/sinks/native-values.ts';

/** Goal: a block holds names, types and values as ClickHouse's Native format has them. */

test('a block tells its columns and rows, then each column by name, type and values', () => {
  const numbers = new WordColumn('n', 'UInt32', 4);
  const flags = new ByteColumn('f', 'UInt8');
  for (const value of [1, 0xdead_beef]) numbers.add(value);
  for (const value of [0, 255]) flags.add(value);
  const expected = [
    '0202',
    ...['016e', `06${Buffer.from('UInt32').toString('hex')}`, '01000000efbeadde'],
    ...['0166', `05${Buffer.from('UInt8').toString('hex')}`, '00ff'],
  ];
  const block = nativeBlock(2, [numbers, flags]);
  assert.equal(Buffer.concat(block).toString('hex'), expected.join(''));
});

test('the number of rows is a varint', () => {
  assert.equal(nativeBlock(300, [])[0]?.toString('hex'), '00ac02');
});

test('integers of 64 bits are two words, the low one first', () => {
  const column = new WordColumn('n', 'UInt64', 1);
  column.addUint64(Number.MAX_SAFE_INTEGER);
  column.addUint64(0x1_0000_0000);
  assert.equal(column.bytes.toString('hex'), 'ffffffffffff1f000000000001000000');
});

test('columns grow, keep what they hold and start over', () => {
  const column = new WordColumn('n', 'UInt32', 1);
  const many = Int32Array.from({ length: 1_000 }, (_, n) => n);
  column.add(7);
  column.addTimes(9, 3);
  column.addAll(many, 10, 12);
  column.addAll(many, 0, 1_000);
  const words = new Int32Array(Uint8Array.from(column.bytes).buffer);
  assert.deepEqual([...words], [7, 9, 9, 9, 10, 11, ...many]);
  column.clear();
  assert.equal(column.bytes.length, 0);
  column.addTimes(5, 2);
  assert.equal(column.bytes.toString('hex'), '0500000005000000');
});

test('a text has its length in bytes in front, as long a varint as it takes', () => {
  for (const [length, head] of [
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [128, '8001'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2_097_152, '80808001'],
  ] as const) {
    const column = new StringColumn('s', 1);
    column.add('first');
    column.add('x'.repeat(length));
    column.add('é');
    const expected = `056669727374${head}${'78'.repeat(length)}02c3a9`;
    assert.equal(column.bytes.toString('hex'), expected, `${length}`);
    column.clear();
    assert.equal(column.bytes.length, 0);
  }
});

test('a dictionary holds each text once, and numbers as wide as it takes', () => {
  const column = new DictionaryColumn('d', 1);
  for (const text of ['b', 'a', 'b']) column.add(text);
  const few = ['0100000000000000', '0006000000000000', '0200000000000000', '01620161'];
  const keys = ['0300000000000000', '000100'];
  assert.equal(column.bytes.toString('hex'), [...few, ...keys].join(''));
  column.clear();
  for (let n = 0; n <= 256; n++) column.add(`${n}`);
  const many = column.bytes;
  assert.equal(many.subarray(8, 24).toString('hex'), '01060000000000000101000000000000');
  assert.equal(many.subarray(-2).toString('hex'), '0001');
});

test('integers of 16 and of 64 bits stand little-endian and outgrow their first room', () => {
  const shorts = new ShortColumn('n', 'UInt16', 1);
  const longs = new LongColumn('n', 'UInt64', 1);
  for (const value of [1, 0xabcd, 0xffff]) shorts.add(value);
  for (const value of [1n, 2n ** 64n - 1n]) longs.add(value);
  assert.equal(shorts.bytes.toString('hex'), '0100cdabffff');
  assert.equal(longs.bytes.toString('hex'), '0100000000000000ffffffffffffffff');
});

test('what is missing is told in front of all values, where something else stands for it', () => {
  const column = new NullableColumn('n', {
    ...{ type: 'UInt8', values: new ByteColumn('n', 'UInt8'), nothing: 0 },
  });
  for (const value of [7, null, 9]) column.add(value);
  assert.equal(column.head.toString(), '\u0001n\u000fNullable(UInt8)');
  assert.equal(column.bytes.toString('hex'), '000100070009');
  column.clear();
  column.add(null);
  assert.equal(column.bytes.toString('hex'), '0100');
});
