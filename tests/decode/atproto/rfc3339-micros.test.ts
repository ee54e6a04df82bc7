import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { rfc3339Micros } from '../../../src/decode/atproto/rfc3339-micros.ts';

/** Goal: times are read to the microsecond, and nothing that is not a time passes. */

test('fractions of any length and zones are read exactly', () => {
  const base = Date.UTC(2026, 6, 4, 14, 38, 7) * 1000;
  const cases = {
    '2026-07-04T14:38:07Z': base,
    '2026-07-04T14:38:07.5Z': base + 500_000,
    '2026-07-04T14:38:07.517Z': base + 517_000,
    '2026-07-04T14:38:07.517123Z': base + 517_123,
    '2026-07-04T14:38:07.000001Z': base + 1,
    '2026-07-04T14:38:07.517123999Z': base + 517_123,
    '2026-07-04T16:38:07.517123+02:00': base + 517_123,
    '2026-07-04T09:08:07-05:30': base,
    '1970-01-01T00:00:00Z': 0,
    '2024-02-29T00:00:00Z': Date.UTC(2024, 1, 29) * 1000,
  };
  for (const [text, micros] of Object.entries(cases))
    assert.equal(rfc3339Micros(text), micros, text);
});

test('what is not a time, or not one that microseconds of a double hold, is refused', () => {
  const wrong = [
    ...['', '2026-07-04', '2026-07-04T14:38:07', '2026-07-04 14:38:07Z', '2026-07-04T14:38:07z'],
    ...['2026-13-04T14:38:07Z', '2026-02-29T14:38:07Z', '2026-07-00T14:38:07Z'],
    ...['2026-07-04T24:38:07Z', '2026-07-04T14:60:07Z', '2026-07-04T14:38:60Z'],
    ...['2026-07-04T14:38:07.Z', '2026-07-04T14:38:07.5', '2026-07-04T14:38:07+0200'],
    ...['2026-07-04T14:38:07Zx', '1969-12-31T23:59:59Z', '2300-01-01T00:00:00Z'],
    ...['2026-07-04T14-38:07Z', '2026-7-04T14:38:07Z', `2026-07-04T14:38:07.${'1'.repeat(30)}Z`],
  ];
  for (const text of wrong) assert.equal(rfc3339Micros(text), undefined, text);
});

test('milliseconds agree with Date', () => {
  const max = Date.UTC(2200, 0);
  fc.assert(
    fc.property(fc.integer({ min: 0, max }), (ms) => {
      assert.equal(rfc3339Micros(new Date(ms).toISOString()), ms * 1000);
    }),
  );
});
