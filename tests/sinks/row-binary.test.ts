import assert from 'node:assert/strict';
import test from 'node:test';
import { RowBinaryWriter } from '../../src/sinks/row-binary.ts';

function written(write: (writer: RowBinaryWriter) => void, initialBytes?: number): string {
  const writer = new RowBinaryWriter(initialBytes);
  write(writer);
  assert.equal(writer.length, writer.view().length);
  return writer.view().toString('hex');
}

test('integers are little-endian, also beyond 32 bits', () => {
  assert.equal(
    written((w) => w.uint8(255)),
    'ff',
  );
  assert.equal(
    written((w) => w.uint32(0xdead_beef)),
    'efbeadde',
  );
  assert.equal(
    written((w) => w.uint64(Number.MAX_SAFE_INTEGER)),
    'ffffffffffff1f00',
  );
  assert.equal(
    written((w) => w.uint64(0x1_0000_0000)),
    '0000000001000000',
  );
});

test('strings carry their length in bytes as LEB128', () => {
  assert.equal(
    written((w) => w.string('')),
    '00',
  );
  assert.equal(
    written((w) => w.string('é')),
    '02c3a9',
  );
  assert.equal(written((w) => w.string('a'.repeat(300))).slice(0, 6), 'ac0261');
});

test('null is a flag of one, a value a flag of zero and the value', () => {
  assert.equal(
    written((w) => {
      w.nullable<number>(null, (value) => w.uint8(value));
      w.nullable(7, (value) => w.uint8(value));
    }),
    '010007',
  );
});

test('the buffer grows and keeps what was written before', () => {
  const hex = written((w) => {
    for (let value = 0; value < 100; value++) w.uint8(value);
    w.string('x'.repeat(1_000));
  }, 1);
  assert.equal(hex.slice(0, 8), '00010203');
  assert.equal(hex.length, 2 * (100 + 2 + 1_000));
});
