import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { encode } from 'cborg';
import fc from 'fast-check';
import { LAX_DEPTH_MAX } from '../../../src/decode/atproto/lax-cbor.ts';
import { decodeSeedEnvelope } from '../../../src/decode/atproto/seed-envelope.ts';
import type { CommitEvent } from '../../../src/model/stream-event.ts';
import { cidOf } from '../../support/firehose-made.ts';

/** Goal: the seed's own CBOR envelope is read as its decoder read it, but where that lost events or named none. */

interface SeedCase {
  readonly name: string;
  readonly cborHex: string;
  readonly expect: {
    readonly ok?: boolean;
    readonly operation?: string;
    readonly error?: string;
  };
}

const path = new URL('../../fixtures/atproto/seed/cbor_message_cases.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: SeedCase[] };
const all = () => true;

/** Where we differ, and why. */
const ours: Readonly<Record<string, string>> = {
  // Real events carry their did only there.
  'no commit.did (the shape real Jetstream uses)': 'event',
  // The seed only has a text for it.
  'identity kind': 'ErrUnsupportedKind',
  // Nothing could be stored or found again without a key.
  'create with empty rkey': 'ErrMissingPath',
  // Which collections matter is asked before; the decoder itself knows no lexicon.
  'non-matching collection': 'event',
};

for (const { name, cborHex, expect } of cases) {
  const documented = /^Err\w+/.exec(expect.error ?? '')?.[0] ?? 'event';
  const expected = ours[name] ?? documented;
  const differs = name in ours ? ', other than in the seed' : '';
  test(`${name}: ${expected}${differs}`, () => {
    const { events, rejects } = decodeSeedEnvelope(Buffer.from(cborHex, 'hex'), all);
    assert.equal(events.length === 1 ? 'event' : rejects[0]?.reason, expected);
    assert.equal(events.length + rejects.length, 1);
  });
}

function decodeValue(value: unknown) {
  return decodeSeedEnvelope(Buffer.from(encode(value)), all);
}

const record = { name: 'Underground Techno', tags: ['a'], location: { lat: 52.52, lng: 13 } };
const commit = { rev: 'abc', operation: 'create', collection: 'app.subcult.scene', rkey: 'self' };
const envelope = { did: 'did:plc:user123', kind: 'commit', time_us: 1234, commit };

function eventOf(value: unknown): CommitEvent {
  const { events, rejects } = decodeValue(value);
  assert.deepEqual(rejects, []);
  assert(events[0]?.kind === 'commit');
  return events[0];
}

test('a scene comes out with its record, floats and all, and the CID of its encoding', () => {
  const event = eventOf({ ...envelope, commit: { ...commit, record } });
  const cid = cidOf(encode(record, { float64: true }));
  assert.deepEqual(event, {
    ...{ did: envelope.did, time_us: 1234, kind: 'commit' },
    commit: { ...commit, record, cid },
  });
});

test('the did of the commit goes before that of the envelope, and one of them must be there', () => {
  const own = { ...commit, operation: 'delete', did: 'did:plc:other' };
  assert.equal(eventOf({ ...envelope, commit: own }).did, 'did:plc:other');
  const { rejects } = decodeValue({ ...envelope, did: undefined, commit: { ...own, did: null } });
  assert.equal(rejects[0]?.reason, 'ErrMissingDID');
});

test('any operation but deletion is an update, as in the seed', () => {
  for (const operation of ['update', 'upsert', '']) {
    const { commit: change } = eventOf({ ...envelope, commit: { ...commit, operation, record } });
    assert.equal(change.operation, 'update');
  }
});

test('lax forms are read: maps without a length, long numbers, any order, same keys, bytes as keys, a rest', () => {
  const text = (value: string) => Buffer.from(encode(value)).toString('hex');
  const hex = [
    'bf',
    ...[text('kind'), text('commit'), text('time_us'), '1b0000000000000005'],
    ...[text('did'), text('did:plc:old'), text('did'), text('did:plc:new')],
    ...[text('commit'), 'bf', text('rkey'), text('self')],
    ...[text('collection'), text('app.subcult.scene'), text('operation'), text('create')],
    ...[text('record'), 'a2', '4161', 'f93e00', '05', 'f7', 'ff', 'ff', '00ff'],
  ].join('');
  const { events, rejects } = decodeSeedEnvelope(Buffer.from(hex, 'hex'), all);
  assert.deepEqual(rejects, []);
  assert(events[0]?.kind === 'commit' && events[0].commit.operation === 'create');
  assert.deepEqual([events[0].did, events[0].time_us], ['did:plc:new', 5]);
  assert.deepEqual(events[0].commit.record, { a: 1.5, 5: null });
});

test('links and bytes of a record come out as AT Protocol writes them, with the CID of the record', () => {
  const block = Buffer.from(
    'a26161d82a58250001551220e9822efc7c48027a5429fdbd988d02b2b8e4eaee8f62c32bd1021dcf922e05de616242ffee',
    'hex',
  );
  const whole = Buffer.from(encode({ ...envelope, commit: { ...commit, record: 'HERE' } }));
  const at = whole.indexOf(Buffer.from(encode('HERE')));
  const frame = Buffer.concat([whole.subarray(0, at), block, whole.subarray(at + 5)]);
  const { events } = decodeSeedEnvelope(frame, all);
  assert(events[0]?.kind === 'commit' && events[0].commit.operation === 'create');
  assert.deepEqual(events[0].commit.record, {
    a: { $link: 'bafkreihjqixpy7ciaj5fikp5xwmi2avsxdsov3upmlbsxuicdxhzelqf3y' },
    b: { $bytes: '/+4' },
  });
  assert.equal(events[0].commit.cid, cidOf(block));
});

test('what JSON cannot hold, and any other tag, is no CBOR of ours', () => {
  for (const value of ['fb7ff8000000000000', '1bffffffffffffffff', 'c11a514b67b0', 'a18000']) {
    const whole = Buffer.from(encode({ ...envelope, commit: { ...commit, record: ['HERE'] } }));
    const at = whole.indexOf(Buffer.from(encode('HERE')));
    const parts = [whole.subarray(0, at), Buffer.from(value, 'hex'), whole.subarray(at + 5)];
    const { events, rejects } = decodeSeedEnvelope(Buffer.concat(parts), all);
    assert.deepEqual([events, rejects[0]?.reason], [[], 'ErrInvalidCBOR'], value);
  }
});

test('hostile nesting is refused without being followed', () => {
  for (const head of ['81', '9f', 'a161', 'bf61', 'c1', '7f', 'd82a']) {
    const levels = Buffer.from(
      head.startsWith('a') || head.startsWith('bf') ? `${head}61` : head,
      'hex',
    );
    const bytes = Buffer.concat(new Array(500_000).fill(levels));
    const { rejects } = decodeSeedEnvelope(bytes, all);
    assert.equal(rejects[0]?.reason, 'ErrInvalidCBOR', head);
  }
  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}0${']'.repeat(levels)}`);
  const deep = (levels: number) =>
    decodeValue({ ...envelope, commit: { ...commit, record: { a: nested(levels) } } });
  // The envelope, the commit and the record are three levels themselves.
  assert.equal(deep(LAX_DEPTH_MAX - 3).events.length, 1);
  assert.equal(deep(LAX_DEPTH_MAX - 2).rejects[0]?.reason, 'ErrInvalidCBOR');
});

test('an unwanted collection is counted only', () => {
  const bytes = Buffer.from(encode({ ...envelope, commit }));
  const { events, rejects, unwanted } = decodeSeedEnvelope(bytes, () => false);
  assert.deepEqual([events, rejects, unwanted], [[], [], 1]);
});

test('every cut and every change of bytes is an event or a reject', () => {
  const whole = Buffer.from(encode({ ...envelope, commit: { ...commit, record } }));
  for (let length = 0; length < whole.length; length++) {
    const { events, rejects } = decodeSeedEnvelope(whole.subarray(0, length), all);
    assert.deepEqual([events, rejects[0]?.reason], [[], 'ErrInvalidCBOR']);
  }
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const { events, rejects } = decodeSeedEnvelope(bytes, all);
      assert.equal(events.length + rejects.length, 1);
    }),
    { numRuns: 2000 },
  );
});
