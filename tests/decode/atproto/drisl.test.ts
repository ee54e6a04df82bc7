import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import * as atcute from '@atcute/cbor';
import * as ipld from '@ipld/dag-cbor';
import fc from 'fast-check';
import { decodeDrisl } from '../../../src/decode/atproto/drisl.ts';
import { DRISL_DEPTH_MAX, DrislCursor } from '../../../src/decode/atproto/drisl-cursor.ts';
import type { JsonValue } from '../../../src/model/stream-event.ts';
import { cidOf } from '../../support/firehose-made.ts';

/** Goal: DRISL is read exactly: what is not in its one form is refused, and what is gives AT Protocol's JSON. */

const fixtures = new URL('../../fixtures/atproto/', import.meta.url);
const malformed = { code: 'RECORD_MALFORMED' };

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'));
}

function decodeHex(hex: string, floats: boolean): JsonValue {
  const bytes = Buffer.from(hex, 'hex');
  return decodeDrisl(bytes, 0, bytes.length, { floats });
}

function decode(bytes: Uint8Array): JsonValue {
  return decodeDrisl(Buffer.from(bytes), 0, bytes.length, { floats: false });
}

interface DaslVector {
  readonly type: 'roundtrip' | 'invalid_in' | 'invalid_out';
  readonly data: string;
  readonly name: string;
}

/** Integers that JSON of AT Protocol does not have (2^53 - 1 is its greatest); other readers give bigints. */
const BEYOND_JSON = ['1b0020000000000001', '3b0020000000000000'];

test('the DASL vectors are read or refused as they say, floats allowed', () => {
  const folder = new URL('cbor/dasl-cbor/', fixtures);
  let read = 0;
  for (const file of readdirSync(folder)) {
    for (const { type, data, name } of readJson(`cbor/dasl-cbor/${file}`) as DaslVector[]) {
      if (type === 'invalid_out') continue;
      if (type === 'invalid_in' || BEYOND_JSON.includes(data)) {
        assert.throws(() => decodeHex(data, true), malformed, `${file}: ${name}`);
        continue;
      }
      const expected = atcute.decode(Buffer.from(data, 'hex'));
      const value = decodeHex(data, true);
      const json = typeof expected === 'object' ? JSON.parse(JSON.stringify(expected)) : expected;
      assert.deepEqual(value, json, `${file}: ${name}`);
      read++;
    }
  }
  assert.equal(read, 19);
});

test('a float is refused where floats are not allowed, as in records', () => {
  assert.equal(decodeHex('fb3ff8000000000000', true), 1.5);
  assert.throws(() => decodeHex('fb3ff8000000000000', false), malformed);
  assert.throws(() => decodeHex('a16161fb3ff8000000000000', false), malformed);
});

interface RfcVector {
  readonly hex: string;
  readonly flags: readonly string[];
  readonly diagnostic?: string;
}

test('of the RFC 8949 vectors exactly those in DRISL’s form are read', () => {
  /** Floats of other widths, undefined, other simple values, tags, keys of numbers, integers beyond JSON. */
  const others = /^(f9|fa|f[078]|c|d|a201020304|1b[3f]f|3bff)/i;
  let read = 0;
  for (const { hex, flags, diagnostic } of readJson('cbor/rfc8949-vectors.json') as RfcVector[]) {
    if (!flags.includes('canonical') || others.test(hex)) {
      assert.throws(() => decodeHex(hex, true), malformed, hex);
      continue;
    }
    const bytes = /^h'(.*)'$/.exec(diagnostic ?? '')?.[1];
    const expected =
      bytes === undefined
        ? JSON.parse(diagnostic ?? '')
        : { $bytes: Buffer.from(bytes, 'hex').toString('base64').replace(/=+$/, '') };
    assert.deepEqual(decodeHex(hex, true), expected, hex);
    read++;
  }
  assert.equal(read, 37);
});

test('the data-model fixtures give their JSON and their CID', () => {
  for (const path of ['data-model/data-model-fixtures.json', 'cbor/data-model-fixtures.json']) {
    const cases = readJson(path) as { json: unknown; cbor_base64: string; cid: string }[];
    assert.equal(cases.length, 3);
    for (const { json, cbor_base64, cid } of cases) {
      const bytes = Buffer.from(cbor_base64, 'base64');
      assert.deepEqual(decode(bytes), json);
      assert.equal(cidOf(bytes), cid);
    }
  }
  const hello = readFileSync(new URL('cbor/trivial_helloworld.dagcbor', fixtures));
  assert.deepEqual(decode(hello), ipld.decode(hello));
});

test('data-model cases come back where valid, and floats are refused where they are what is invalid', () => {
  const valid = readJson('data-model/data-model-valid.json') as { json: unknown }[];
  for (const { json } of valid) assert.deepEqual(decode(atcute.encode(json)), json);
  // The other invalid cases are wrong uses of `$type`, blobs, links and bytes, which a lexicon tells.
  const invalid = readJson('data-model/data-model-invalid.json') as {
    note: string;
    json: unknown;
  }[];
  const floats = invalid.filter(({ note }) => note === 'float');
  assert.deepEqual([valid.length, floats.length], [5, 1]);
  assert.throws(() => decode(atcute.encode(floats[0]?.json)), malformed);
});

test('the fuzz seed of a record is refused', () => {
  assert.throws(() => decode(Buffer.from('\xa2a00a1\xfb00000000', 'latin1')), malformed);
});

test('levels are followed to the bound and not beyond', () => {
  const nested = (levels: number) => Buffer.from([...new Array(levels).fill(0x81), 0x00]);
  assert.equal(JSON.stringify(decode(nested(DRISL_DEPTH_MAX))).length, 2 * DRISL_DEPTH_MAX + 1);
  for (const levels of [DRISL_DEPTH_MAX + 1, 1_000_000]) {
    const bytes = nested(levels);
    assert.throws(() => decode(bytes), malformed);
    assert.throws(() => new DrislCursor(bytes, 0, bytes.length).skip(), malformed);
  }
});

test('a claimed length or count is checked before anything is made of it', () => {
  for (const hex of [
    '9b001fffffffffffff',
    'bb001fffffffffffff',
    '5b001fffffffffffff',
    '7affffffff',
  ]) {
    assert.throws(() => decodeHex(hex, true), malformed);
  }
});

test('a key __proto__ is a key like any other', () => {
  const value = decode(atcute.encode(JSON.parse('{"__proto__": {"admin": true}}')));
  assert.equal(JSON.stringify(value), '{"__proto__":{"admin":true}}');
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test('nothing behind the end of the part is read', () => {
  const bytes = Buffer.from('820102', 'hex');
  assert.throws(() => decodeDrisl(bytes, 0, 2, { floats: false }), malformed);
  assert.equal(decodeDrisl(bytes, 1, 2, { floats: false }), 1);
});

const link = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((block) => ({ $link: cidOf(block) }));
const byteString = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes) => ({ $bytes: Buffer.from(bytes).toString('base64').replace(/=+$/, '') }));
const dataModel = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 300 }),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ maxLength: 300 }),
    link,
    byteString,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 40 }).filter(isPlainKey), tie('value'), {
      maxKeys: 8,
      noNullPrototype: true,
    }),
  ),
})).value;

/** Maps with these keys are what links and byte strings look like in JSON. */
function isPlainKey(key: string): boolean {
  return key !== '$link' && key !== '$bytes';
}

test('every value of the data model comes back as two other readers give it', () => {
  fc.assert(
    fc.property(dataModel, (value) => {
      const bytes = atcute.encode(value);
      const decoded = decode(bytes);
      assert.deepEqual(decoded, value);
      assert.deepEqual(decoded, JSON.parse(JSON.stringify(atcute.decode(bytes))));
      assert.deepEqual(decoded, fromIpld(ipld.decode(bytes)));
      const cursor = new DrislCursor(Buffer.from(bytes), 0, bytes.length);
      cursor.skip();
      cursor.expectEnd();
    }),
    { numRuns: 500 },
  );
});

function fromIpld(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return { $bytes: Buffer.from(value).toString('base64').replace(/=+$/, '') };
  }
  if (Array.isArray(value)) return value.map(fromIpld);
  if (typeof value !== 'object' || value === null) return value;
  const { asCID } = value as { asCID?: unknown };
  if (asCID === value) return { $link: String(value) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromIpld(item)]));
}

test('bytes that are changed anywhere are refused or are the only form of what they then say', () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  let refused = 0;
  let read = 0;
  fc.assert(
    fc.property(dataModel, fc.array(change, { minLength: 1, maxLength: 3 }), (value, changes) => {
      const bytes = Buffer.from(atcute.encode(value));
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      let decoded: JsonValue;
      try {
        decoded = decode(bytes);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'RECORD_MALFORMED');
        refused++;
        return;
      }
      read++;
      if (!/"\$(link|bytes)"/.test(JSON.stringify(decoded))) {
        assert.deepEqual(Buffer.from(atcute.encode(decoded)), bytes);
      }
    }),
    { numRuns: 2000 },
  );
  assert(refused > 100 && read > 100, `${refused} refused, ${read} read`);
});

test('what a fuzzer once found, a map with a float in it, is refused in records', () => {
  const path = 'fuzz/FuzzDecodeRecordMapEquivalence/f0853a04678302a4';
  const text = readFileSync(new URL(path, fixtures), 'utf8');
  const literal = /"(.*)"/.exec(text)?.[1] ?? '';
  const bytes = Buffer.from(
    literal.replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(Number(`0x${hex}`))),
    'latin1',
  );
  assert.equal(bytes[0], 0xa2);
  assert.throws(() => decodeDrisl(bytes, 0, bytes.length, { floats: false }), malformed);
  assert.deepEqual(Object.keys(decodeDrisl(bytes, 0, bytes.length, { floats: true }) ?? {}), [
    ...['0', '1'],
  ]);
});
