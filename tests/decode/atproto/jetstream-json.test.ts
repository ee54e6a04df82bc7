import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import type { DecodedFrame } from '../../../src/decode/atproto/decoded-frame.ts';
import { DRISL_DEPTH_MAX } from '../../../src/decode/atproto/drisl-cursor.ts';
import { decodeJetstreamJson } from '../../../src/decode/atproto/jetstream-json.ts';
import type { CommitEvent } from '../../../src/model/stream-event.ts';
import { corpusCut } from '../../support/firehose-corpus.ts';

/** Goal: Jetstream's JSON of both versions becomes events of one shape, and every flaw is told by its reason. */

const corpus = corpusCut();

function decode(value: unknown, wants = (_: string) => true): DecodedFrame {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return decodeJetstreamJson(Buffer.from(text), wants);
}

function reasonOf(value: unknown): string | undefined {
  const { events, rejects, notice } = decode(value);
  assert.deepEqual([events, notice, rejects.length], [[], null, 1]);
  return rejects[0]?.reason;
}

const create = JSON.parse(corpus.lines[1] ?? '') as CommitEvent;
const remove = JSON.parse(corpus.lines[0] ?? '') as CommitEvent;
const identity = JSON.parse(corpus.lines[10] ?? '');
const account = JSON.parse(corpus.lines[11] ?? '');

test('the lines of the corpus are taken as they are', () => {
  for (const line of corpus.lines) {
    const expected = JSON.parse(line);
    const { events, rejects, seq, timeUs } = decode(line);
    assert.deepEqual([events, rejects, seq], [[expected], [], null]);
    assert.equal(timeUs, expected.time_us);
  }
});

test('a cursor is kept with the event and as the position; fields nobody knows are left out', () => {
  const { events, seq } = decode({ ...create, cursor: 12345, extra: 1 });
  assert.deepEqual([events, seq], [[{ ...create, cursor: 12345 }], 12345]);
});

test('a handle is optional and a status is kept', () => {
  const withHandle = { ...identity, identity: { ...identity.identity, handle: 'a.example' } };
  assert.deepEqual(decode(withHandle).events, [withHandle]);
  const gone = { ...account, account: { ...account.account, active: false, status: 'deleted' } };
  assert.deepEqual(decode(gone).events, [gone]);
});

test('a change in another collection is counted and not looked at further', () => {
  const other = { ...create, commit: { ...create.commit, rev: 'broken' } };
  const { events, rejects, unwanted, timeUs } = decode(other, () => false);
  assert.deepEqual([events, rejects, unwanted, timeUs], [[], [], 1, create.time_us]);
  assert.equal(decode(identity, () => false).events.length, 1);
});

test('each flaw has its reason', () => {
  const commit = (fields: object) => ({ ...create, commit: { ...create.commit, ...fields } });
  const deep = (levels: number) => {
    const nested = `${'['.repeat(levels)}${']'.repeat(levels)}`;
    return JSON.stringify(commit({ record: { a: 'DEEP' } })).replace('"DEEP"', nested);
  };
  assert.equal(decode(deep(DRISL_DEPTH_MAX - 1)).events.length, 1);
  const cases: [unknown, string][] = [
    ['', 'ErrMalformedJSON'],
    ['{', 'ErrMalformedJSON'],
    ['[]', 'ErrMalformedJSON'],
    ['null', 'ErrMalformedJSON'],
    ['['.repeat(1_000_000), 'ErrMalformedJSON'],
    [deep(DRISL_DEPTH_MAX), 'ErrMalformedJSON'],
    [deep(1_000_000), 'ErrMalformedJSON'],
    [commit({ record: [1] }), 'ErrMalformedJSON'],
    [{ ...create, did: undefined }, 'ErrMissingDID'],
    [{ ...create, did: '' }, 'ErrMissingDID'],
    [{ ...create, did: 1 }, 'ErrInvalidFieldType'],
    [{ ...create, did: 'did:x' }, 'ErrInvalidFieldValue'],
    [{ ...create, time_us: undefined }, 'ErrMissingField'],
    [{ ...create, time_us: '1' }, 'ErrInvalidFieldType'],
    [{ ...create, time_us: 1.5 }, 'ErrInvalidFieldType'],
    [{ ...create, time_us: 2 ** 60 }, 'ErrInvalidFieldType'],
    [{ ...create, cursor: -1 }, 'ErrInvalidFieldType'],
    [{ ...create, kind: 'handle' }, 'ErrUnsupportedKind'],
    [{ ...create, kind: undefined }, 'ErrUnsupportedKind'],
    [{ ...create, $type: 'x', kind: undefined }, 'ErrUnsupportedKind'],
    [{ ...create, commit: undefined }, 'ErrMissingRecord'],
    [commit({ collection: undefined }), 'ErrMissingPath'],
    [commit({ collection: 'like' }), 'ErrInvalidFieldValue'],
    [commit({ rkey: '' }), 'ErrMissingPath'],
    [commit({ rkey: 'a/b' }), 'ErrInvalidFieldValue'],
    [commit({ rev: 'abc' }), 'ErrInvalidFieldValue'],
    [commit({ operation: 'c' }), 'ErrInvalidFieldValue'],
    [commit({ record: undefined }), 'ErrMissingRecord'],
    [commit({ cid: undefined }), 'ErrInvalidRecordCID'],
    [commit({ cid: 'bafy' }), 'ErrInvalidRecordCID'],
    [{ ...identity, identity: undefined }, 'ErrMissingField'],
    [{ ...identity, identity: { ...identity.identity, did: 'did:plc:x' } }, 'ErrInvalidFieldValue'],
    [{ ...identity, identity: { ...identity.identity, time: 'now' } }, 'ErrInvalidTimestamp'],
    [{ ...account, account: { ...account.account, active: 'yes' } }, 'ErrInvalidFieldType'],
    [{ ...account, account: { ...account.account, status: 1 } }, 'ErrInvalidFieldValue'],
  ];
  for (const [value, reason] of cases)
    assert.equal(reasonOf(value), reason, JSON.stringify(value).slice(0, 900));
});

test('a rejection names the record, its revision and time, and the digest of the frame', () => {
  const wrong = JSON.stringify({ ...create, commit: { ...create.commit, cid: 'x' } });
  const { did, time_us: timeUs, commit } = create;
  assert.deepEqual(decode(wrong).rejects, [
    {
      reason: 'ErrInvalidRecordCID',
      detail: 'expected a CID of sha2-256 as cid',
      key: { did, collection: commit.collection, rkey: commit.rkey },
      rev: commit.rev,
      timeUs,
      digest: createHash('sha256').update(wrong).digest('hex'),
    },
  ]);
});

test('text that is no UTF-8 is refused, and a replacement character in a text is not', () => {
  const text = JSON.stringify({ ...create, commit: { ...create.commit, record: { a: '\ufffd' } } });
  assert.equal(decode(text).events.length, 1);
  const bytes = Buffer.from(text);
  bytes[bytes.indexOf('\ufffd')] = 0xff;
  const { rejects } = decodeJetstreamJson(bytes, () => true);
  assert.equal(rejects[0]?.reason, 'ErrMalformedJSON');
});

const v2 = (type: string, fields: object) => ({
  $type: 'message',
  payload: {
    ...{ $type: `network.bsky.jetstream.subscribeEvents#${type}`, seq: 77, did: create.did },
    ...{ time: '2026-07-04T14:38:08.106772Z' },
    ...fields,
  },
});

test('messages of version 2 become the same events, to the microsecond and with their seq', () => {
  const { did } = create;
  const base = { did, time_us: create.time_us, cursor: 77 };
  assert.deepEqual(decode(v2('commit', create.commit)).events, [{ ...create, cursor: 77 }]);
  assert.deepEqual(decode(v2('commit', remove.commit)).events, [
    { ...base, kind: 'commit', commit: remove.commit },
  ]);
  const upstream = { did, seq: 5, time: '2026-07-04T14:38:07.877Z' };
  const who = { ...upstream, handle: 'a.example' };
  assert.deepEqual(decode(v2('identity', { identity: who })).events, [
    { ...base, kind: 'identity', identity: who },
  ]);
  const state = { ...upstream, active: false, status: 'takendown' };
  assert.deepEqual(decode(v2('account', { account: state })).events, [
    { ...base, kind: 'account', account: state },
  ]);
  const sync = { ...upstream, rev: create.commit.rev, blocks: { $bytes: 'AA' } };
  const decoded = decode(v2('sync', { sync }));
  assert.deepEqual(decoded.events, [
    { ...base, kind: 'sync', sync: { did, rev: sync.rev, time: sync.time } },
  ]);
  assert.deepEqual([decoded.seq, decoded.timeUs], [77, create.time_us]);
});

test('messages of version 2 with flaws are refused by reason', () => {
  const cases: [unknown, string][] = [
    [v2('commit', { ...create.commit, time: 'x' }), 'ErrInvalidTimestamp'],
    [v2('commit', { ...create.commit, seq: undefined }), 'ErrMissingField'],
    [v2('commit', { ...create.commit, did: undefined }), 'ErrMissingDID'],
    [v2('commit', { ...create.commit, record: undefined }), 'ErrMissingRecord'],
    [v2('other', {}), 'ErrUnsupportedKind'],
    [v2('sync', { sync: { did: create.did, seq: 1 } }), 'ErrInvalidTimestamp'],
    [{ $type: 'message' }, 'ErrUnsupportedKind'],
    [{ $type: 'message', payload: 1 }, 'ErrUnsupportedKind'],
  ];
  for (const [value, reason] of cases) assert.equal(reasonOf(value), reason, JSON.stringify(value));
});

test('what a server says of the stream is a notice', () => {
  const info = { name: 'OutdatedCursor', message: 'clamped to 5' };
  assert.deepEqual(decode(v2('info', info)).notice, { type: 'info', ...info });
  const error = { $type: 'error', error: 'ConsumerTooSlow', message: 'bye' };
  const notice = { type: 'error', name: 'ConsumerTooSlow', message: 'bye' };
  assert.deepEqual(decode(error).notice, notice);
});

test('the fuzz seeds of live frames are a notice and a reject', () => {
  const seed = (name: string) => {
    const path = `../../fixtures/atproto/fuzz/FuzzDecodeLiveFrame/${name}`;
    const text = readFileSync(new URL(path, import.meta.url), 'utf8');
    return JSON.parse(/\((".*")\)/.exec(text)?.[1] ?? '') as string;
  };
  assert.equal(decode(seed('future_cursor_error')).notice?.name, 'FutureCursor');
  assert.equal(reasonOf(seed('invalid_record_cbor_base64')), 'ErrMissingDID');
});

test('a line cut at any byte is one reject', () => {
  for (const line of corpus.lines) {
    const bytes = Buffer.from(line);
    for (let length = 0; length < bytes.length; length++) {
      const { events, rejects } = decodeJetstreamJson(bytes.subarray(0, length), () => true);
      assert.deepEqual([events, rejects[0]?.reason], [[], 'ErrMalformedJSON']);
    }
  }
});

test('any JSON with any fields in any places is an event or a reject, never thrown', () => {
  const keys = ['did', 'time_us', 'kind', 'commit', 'identity', 'account', '$type', 'payload'];
  const value = fc.jsonValue({ maxDepth: 3 });
  const envelope = fc.dictionary(fc.constantFrom(...keys), value, { noNullPrototype: true });
  fc.assert(
    fc.property(envelope, fc.constantFrom({}, create, identity, account), (fields, base) => {
      const { events, rejects, notice } = decode({ ...base, ...fields });
      assert.equal(events.length + rejects.length + (notice === null ? 0 : 1), 1);
    }),
    { numRuns: 1000 },
  );
});

test('what a server says is cut, since it is logged', () => {
  const long = 'x'.repeat(1 << 20);
  const { notice } = decode({ $type: 'error', error: long, message: long });
  assert.deepEqual([notice?.name.length, notice?.message?.length], [64, 300]);
});

test('what a reject is named by is a name, and nothing that only stands in its place', () => {
  const { commit, ...event } = create;
  const [good] = decode({ ...event, commit: { ...commit, cid: 'none' } }).rejects;
  const { collection, rkey, rev } = commit;
  assert.deepEqual([good?.key, good?.rev], [{ did: event.did, collection, rkey }, rev]);
  const long = 'secret '.repeat(100_000);
  for (const wrong of [{ rkey: long }, { rev: long }, { collection: long }]) {
    const { rejects } = decode({ ...event, commit: { ...commit, ...wrong } });
    assert.equal(rejects.length, 1);
    assert.doesNotMatch(JSON.stringify(rejects), /secret/);
  }
});
