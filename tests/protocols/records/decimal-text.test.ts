import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimalText } from '../../../src/protocols/records/decimal-text.ts';

/** Goal: a decimal has one text, whichever way it was written, and compares like its number. */

test('decimals are written without exponent, needless zeros or negative zero', () => {
  const written: readonly (readonly [value: unknown, text: string | null])[] = [
    ...([
      ['007.500', '7.5'],
      ['-0.0', '0'],
      [-0, '0'],
      [1e-7, '0.0000001'],
      ['-12', '-12'],
    ] as const),
    ...([
      [1e20, '100000000000000000000'],
      [1e21, null],
      [Number.NaN, null],
      ['', null],
    ] as const),
    ...([
      ['1e3', null],
      ['+1', null],
      ['.5', null],
      ['1.', null],
      [true, null],
      [null, null],
    ] as const),
    ...([
      ['9'.repeat(31), null],
      ['0x10', null],
      ['1 ', null],
      ['1\n', null],
    ] as const),
  ];
  for (const [value, text] of written) assert.equal(decimalText(value), text, `${value}`);
});

test('digits that no double tells apart are rounded off, so that no bound is passed unseen', () => {
  assert.equal(decimalText('1.00000000000000000001'), '1');
  assert.equal(decimalText('52.520008123456789012'), '52.5200081234568');
  assert.equal(decimalText(0.1 + 0.2), '0.3');
});

test('writing a decimal again changes nothing', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e20, max: 1e20, noNaN: true }), (value) => {
      const text = decimalText(value);
      assert(text !== null);
      assert.equal(decimalText(text), text);
      assert(Math.abs(Number(text) - value) <= Math.abs(value) * 1e-14 + 1e-20);
    }),
  );
});
