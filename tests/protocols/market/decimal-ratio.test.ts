import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decimalRatio } from '../../../src/protocols/market/decimal-ratio.ts';

/** Goal: a price as text is the ratio itself, to twenty digits, in one spelling. */

test('ratios have one spelling, without exponent and without needless zeros', () => {
  const cases: readonly (readonly [bigint, bigint, number, string])[] = [
    [1n, 1n, 0, '1'],
    [10n, 1n, 0, '10'],
    [1n, 4n, 0, '0.25'],
    [1n, 3n, 0, '0.33333333333333333333'],
    [2n, 3n, 0, '0.66666666666666666667'],
    [1n, 1n, -9, '0.000000001'],
    [15n, 10n, 3, '1500'],
    [15n, 10n, -3, '0.0015'],
    [2n ** 64n - 1n, 1n, 0, '18446744073709551615'],
    [2n ** 64n - 1n, 1n, -6, '18446744073709.551615'],
    [1n, 2n ** 64n - 1n, 0, '0.000000000000000000054210108624275221703'],
    [10n ** 21n - 1n, 1n, 0, '1000000000000000000000'],
    [99_999_999_999_999_999_999_5n, 10n, 0, '100000000000000000000'],
    [99_999_999_999_999_999_999_4n, 10n, 0, '99999999999999999999'],
    [10n ** 45n + 1n, 7n, 0, '142857142857142857140000000000000000000000000'],
    [1n, 1n, 255, `1${'0'.repeat(255)}`],
    [1n, 1n, -255, `0.${'0'.repeat(254)}1`],
  ];
  for (const [numerator, denominator, shift, text] of cases) {
    const name = `${numerator} / ${denominator} * 10^${shift}`;
    assert.equal(decimalRatio(numerator, denominator, shift), text, name);
  }
});

/** A decimal text as a fraction. */
function fractionOf(text: string): { over: bigint; under: bigint } {
  const [whole = '', fraction = ''] = text.split('.');
  return { over: BigInt(whole + fraction), under: 10n ** BigInt(fraction.length) };
}

const amount = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const shift = fc.integer({ min: -40, max: 40 });

test('the text is off by at most half a unit of its twentieth digit, never by more', () => {
  fc.assert(
    fc.property(amount, amount, shift, (numerator, denominator, by) => {
      const text = decimalRatio(numerator, denominator, by);
      assert.match(text, /^(0|[1-9]\d*)(\.\d*[1-9])?$/);
      const { over, under } = fractionOf(text);
      const exact = {
        over: by > 0 ? numerator * 10n ** BigInt(by) : numerator,
        under: by < 0 ? denominator * 10n ** BigInt(-by) : denominator,
      };
      const difference = over * exact.under - exact.over * under;
      const distance = difference < 0n ? -difference : difference;
      // Relative to the value: half of 10^-19, since the first digit is at least one.
      assert.ok(distance * 2n * 10n ** 19n <= exact.over * under);
      assert.ok(text.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length <= 20);
    }),
  );
});

test('greater ratios never have the text of a smaller value', () => {
  fc.assert(
    fc.property(amount, amount, amount, amount, (a, b, c, d) => {
      const first = fractionOf(decimalRatio(a, b, 0));
      const second = fractionOf(decimalRatio(c, d, 0));
      const exact = a * d - c * b;
      const told = first.over * second.under - second.over * first.under;
      assert.ok(exact === 0n ? told === 0n : exact > 0n ? told >= 0n : told <= 0n);
    }),
  );
});
