import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { isDatetime, isoTimeOf, isoTimeOfUs } from '../../../src/protocols/records/iso-time.ts';

/** Goal: times are those of AT Protocol, and become one form that sorts as text. */

function linesOf(name: string): readonly string[] {
  const file = new URL(`../../fixtures/atproto/syntax/${name}.txt`, import.meta.url);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

test('the datetimes of the interoperability vectors are told apart', () => {
  const valid = linesOf('datetime_syntax_valid');
  const invalid = [...linesOf('datetime_syntax_invalid'), ...linesOf('datetime_parse_invalid')];
  assert(valid.length > 10 && invalid.length > 20);
  assert.deepEqual(
    valid.filter((text) => !isDatetime(text)),
    [],
  );
  assert.deepEqual(invalid.filter(isDatetime), []);
});

test('a time is written in UTC with milliseconds', () => {
  assert.equal(isoTimeOf('2024-06-15T20:00:00Z'), '2024-06-15T20:00:00.000Z');
  assert.equal(isoTimeOf('2024-06-15T20:00:00.123456789+02:00'), '2024-06-15T18:00:00.123Z');
  assert.equal(isoTimeOfUs(1_700_000_000_123_999), '2023-11-14T22:13:20.123Z');
});

test('days that do not exist, and years no database has, are no times', () => {
  const wrong = ['2023-02-29T00:00:00Z', '2024-02-30T00:00:00Z', '1900-02-29T00:00:00Z'];
  const far = ['0000-06-01T00:00:00Z', '9999-12-31T23:59:59-01:00', '0001-01-01T00:00:00+01:00'];
  for (const text of [...wrong, ...far]) assert.equal(isoTimeOf(text), null, text);
  assert.equal(isoTimeOf('2000-02-29T00:00:00Z'), '2000-02-29T00:00:00.000Z');
});

test('digits behind the milliseconds are cut off, however many there are', () => {
  // `Date.parse` takes this for 90 ms.
  assert.equal(isoTimeOf('2024-06-15T20:00:00.0090000000Z'), '2024-06-15T20:00:00.009Z');
  assert.equal(isoTimeOf('2024-06-15T20:00:00.0090000000+02:00'), '2024-06-15T18:00:00.009Z');
  const days = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('9999-12-30T00:00:00Z'),
    noInvalidDate: true,
  });
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 20 });
  const zones = fc.constantFrom('Z', '+00:00', '+05:30', '-11:00');
  fc.assert(
    fc.property(days, digits, zones, (day, fraction, zone) => {
      const seconds = day.toISOString().slice(0, 19);
      const cut = new Date(`${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${zone}`);
      const text = `${seconds}${fraction === '' ? '' : `.${fraction}`}${zone}`;
      assert.equal(isoTimeOf(text), cut.toISOString());
    }),
  );
});
