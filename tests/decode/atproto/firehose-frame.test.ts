import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fromUint8Array } from '@atcute/car';
import { decode, encode } from '@atcute/cbor';
import fc from 'fast-check';
import type { DecodedFrame } from '../../../src/decode/atproto/decoded-frame.ts';
import { decodeFirehoseFrame } from '../../../src/decode/atproto/firehose-frame.ts';
import { OPS_MAX } from '../../../src/decode/atproto/firehose-ops.ts';
import type { CommitChange, StreamEvent } from '../../../src/model/stream-event.ts';
import { corpusCut, eventIdentity } from '../../support/firehose-corpus.ts';
import {
  carOf,
  cidOf,
  commitBody,
  commitFrame,
  frameOf,
  type MadeOp,
} from '../../support/firehose-made.ts';

/** Goal: a relay's frames become the events Jetstream sends for them; what is wrong with one is told, never thrown. */

const corpus = corpusCut();
const all = () => true;
const none = () => false;

function reasons({ rejects }: DecodedFrame): string[] {
  return rejects.map(({ reason }) => reason);
}

test('the frames of the corpus give the events of Jetstream, but for its clock', () => {
  const decoded = corpus.frames.map((frame) => decodeFirehoseFrame(frame, all));
  const events = new Map(
    decoded.flatMap((frame) => frame.events).map((event) => [eventIdentity(event), event]),
  );
  assert.equal(events.size, corpus.lines.length);
  for (const line of corpus.lines) {
    const expected = JSON.parse(line) as StreamEvent;
    const event = events.get(eventIdentity(expected));
    assert(event !== undefined, line);
    // Jetstream's `time_us` is its own clock, which is behind the relay's.
    assert(event.time_us < expected.time_us && event.time_us > expected.time_us - 60e6);
    assert.deepEqual({ ...event, time_us: 0 }, { ...expected, time_us: 0 });
  }
  assert.deepEqual(
    decoded.map(({ seq }) => (seq ?? 0) - 31527015322),
    [11, 12, 17, 23, 44, 57, 94, 95, 118, 142, 148, 149],
  );
});

test('without a wanted collection a commit gives its position and no events', () => {
  for (const frame of corpus.frames) {
    const wanted = decodeFirehoseFrame(frame, all);
    const unwanted = decodeFirehoseFrame(frame, none);
    const others = wanted.events.filter(({ kind }) => kind !== 'commit');
    assert.deepEqual(unwanted.events, others);
    assert.equal(unwanted.unwanted, wanted.events.length - others.length);
    assert.deepEqual([unwanted.seq, unwanted.timeUs], [wanted.seq, wanted.timeUs]);
  }
});

test('the commits recorded by indigo give every record of their CARs', () => {
  let records = 0;
  for (const seq of ['4621317030', '4621317332', '4621332152', '4623075231']) {
    const path = `../../fixtures/atproto/firehose/firehose_commit_${seq}.json`;
    const body = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
    const { events, rejects } = decodeFirehoseFrame(frameOf('#commit', body), all);
    assert.deepEqual(rejects, []);
    assert.equal(events.length, body.ops.length);
    const blocks = new Map(
      [...fromUint8Array(Buffer.from(body.blocks.$bytes, 'base64'))].map((entry) => [
        cidOf(entry.bytes),
        JSON.parse(JSON.stringify(decode(entry.bytes))),
      ]),
    );
    for (const [i, event] of events.entries()) {
      assert(event.kind === 'commit');
      const { action, path, cid } = body.ops[i];
      const { commit } = event;
      assert.equal(`${commit.collection}/${commit.rkey}`, path);
      assert.equal(commit.operation, action);
      if (commit.operation === 'delete') continue;
      assert.equal(commit.cid, cid.$link);
      assert.deepEqual(commit.record, blocks.get(commit.cid));
      records++;
    }
  }
  assert(records >= 43);
});

const made = {
  repo: 'did:plc:wq4aajammjtxdomz3e23667t',
  rev: '3mptbypluud2a',
  seq: 7,
  time: '2026-07-04T14:38:07.517Z',
};
const scene = { $type: 'app.subcult.scene', name: 'x' };
const op = { action: 'create', path: 'app.subcult.scene/self', record: scene };

function changesOf(ops: readonly MadeOp[], fields: object = {}): DecodedFrame {
  const body = { ...commitBody({ ...made, ops }), ...fields };
  return decodeFirehoseFrame(frameOf('#commit', body), all);
}

test('several changes of one commit keep their order, and one bad record leaves the others', () => {
  const ops = [
    op,
    { action: 'delete', path: 'app.subcult.scene/old' },
    { action: 'update', path: 'app.subcult.event/float', record: { a: 1.5 } },
    { action: 'update', path: 'app.subcult.event/list', record: [1] },
    { action: 'update', path: 'app.subcult.event/last', record: { a: { $bytes: 'AA' } } },
  ];
  const { events, rejects, seq, timeUs } = changesOf(ops);
  const changes = events.map(
    (event): Partial<CommitChange> => (event.kind === 'commit' ? event.commit : {}),
  );
  assert.deepEqual(
    changes.map(({ rkey }) => rkey),
    ['self', 'old', 'last'],
  );
  const key = { did: made.repo, collection: 'app.subcult.event', rkey: 'float' };
  assert.deepEqual(
    rejects.map(({ reason }) => reason),
    ['ErrInvalidCBOR', 'ErrMalformedJSON'],
  );
  assert.deepEqual(rejects[0]?.key, key);
  assert.deepEqual([rejects[0]?.rev, rejects[0]?.timeUs], [made.rev, timeUs]);
  assert.match(rejects[0]?.digest ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual([seq, timeUs], [7, Date.parse(made.time) * 1000]);
});

test('of one commit only changes in wanted collections are events', () => {
  const wants = (collection: string) => collection === 'app.subcult.scene';
  const other = { ...op, path: 'app.bsky.feed.like/a' };
  const frame = commitFrame({ ...made, ops: [other, op, other] });
  const { events, unwanted } = decodeFirehoseFrame(frame, wants);
  assert.deepEqual([events.length, unwanted], [1, 2]);
});

test('a record is taken only from the block whose digest is its CID', () => {
  const frame = commitFrame({ ...made, ops: [op] });
  const at = frame.indexOf('app.subcult.scene', frame.indexOf('blocks'));
  frame[at] = 'b'.charCodeAt(0);
  const forged = decodeFirehoseFrame(frame, all);
  assert.deepEqual([forged.events, reasons(forged)], [[], ['ErrInvalidRecordCID']]);
  const blocks = {
    $bytes: carOf([encode({ other: 1 })])
      .toString('base64')
      .replace(/=+$/, ''),
  };
  assert.deepEqual(reasons(changesOf([op], { blocks })), ['ErrMissingRecord']);
});

test('changes with a wrong action, path or CID are refused, each by its reason', () => {
  const cases: [MadeOp, string][] = [
    [{ ...op, action: 'upsert' }, 'ErrInvalidFieldValue'],
    [{ ...op, path: 'scene/self' }, 'ErrInvalidFieldValue'],
    [{ ...op, path: 'app.subcult.scene/' }, 'ErrInvalidFieldValue'],
    [{ ...op, path: 'app.subcult.scene/a/b' }, 'ErrInvalidFieldValue'],
    [{ ...op, path: 'app.subcult.scene/é' }, 'ErrInvalidFieldValue'],
    [{ action: 'create', path: op.path }, 'ErrMissingRecord'],
    [{ ...op, path: 'nothing' }, 'ErrInvalidCBOR'],
  ];
  for (const [change, reason] of cases) {
    const decoded = changesOf([change]);
    assert.deepEqual([decoded.events, reasons(decoded)], [[], [reason]], JSON.stringify(change));
  }
});

test('commits without a usable repository, revision, time or list are refused whole', () => {
  const cases: [object, string][] = [
    [{ repo: 'plc' }, 'ErrMissingDID'],
    [{ rev: 'abc' }, 'ErrInvalidFieldValue'],
    [{ time: 'yesterday' }, 'ErrInvalidTimestamp'],
    [{ seq: -1 }, 'ErrInvalidCBOR'],
    [{ tooBig: true }, 'ErrMessageTooLarge'],
    [{ tooBig: 'no' }, 'ErrInvalidCBOR'],
    [{ ops: 'x' }, 'ErrInvalidCBOR'],
    [{ ops: new Array(OPS_MAX + 1).fill({ action: 'delete', path: op.path }) }, 'ErrInvalidCBOR'],
    [{ blocks: { $bytes: 'AAAA' } }, 'ErrInvalidCBOR'],
  ];
  for (const [fields, reason] of cases) {
    const decoded = changesOf([op], fields);
    assert.deepEqual([decoded.events, reasons(decoded)], [[], [reason]], JSON.stringify(fields));
  }
});

test('identity, account and sync are events, info and errors are notices', () => {
  const { repo: did, seq, time, rev } = made;
  const timeUs = Date.parse(time) * 1000;
  const eventOf = (type: string, body: object) => {
    const { events, rejects } = decodeFirehoseFrame(frameOf(type, body), all);
    assert.deepEqual(rejects, []);
    return events[0];
  };
  const base = { did, time_us: timeUs };
  assert.deepEqual(eventOf('#identity', { did, seq, time, handle: 'a.example' }), {
    ...base,
    kind: 'identity',
    identity: { did, seq, time, handle: 'a.example' },
  });
  assert.deepEqual(eventOf('#account', { did, seq, time, active: false, status: 'deleted' }), {
    ...base,
    kind: 'account',
    account: { active: false, did, seq, time, status: 'deleted' },
  });
  const blocks = {
    $bytes: carOf([encode(scene)])
      .toString('base64')
      .replace(/=+$/, ''),
  };
  assert.deepEqual(eventOf('#sync', { did, seq, time, rev, blocks }), {
    ...base,
    kind: 'sync',
    sync: { did, rev, time },
  });
  const info = decodeFirehoseFrame(frameOf('#info', { name: 'OutdatedCursor' }), all);
  assert.deepEqual(info.notice, { type: 'info', name: 'OutdatedCursor', message: null });
  const failed = { error: 'ConsumerTooSlow', message: 'too slow' };
  const error = decodeFirehoseFrame(Buffer.concat([encode({ op: -1 }), encode(failed)]), all);
  assert.deepEqual(error.notice, { type: 'error', name: failed.error, message: failed.message });
});

test('bodies that are not what their type says are refused by reason', () => {
  const { repo: did, seq, time } = made;
  const cases: [string, unknown, string][] = [
    ['#labels', { did, seq, time }, 'ErrUnsupportedKind'],
    ['#identity', { seq, time }, 'ErrMissingDID'],
    ['#identity', { did: 'x', seq, time }, 'ErrInvalidFieldValue'],
    ['#identity', { did, seq, time: 'x' }, 'ErrInvalidTimestamp'],
    ['#identity', { did, seq, time, handle: 1 }, 'ErrInvalidFieldValue'],
    ['#account', { did, seq, time }, 'ErrMissingField'],
    ['#account', { did, seq, time, active: 1 }, 'ErrInvalidFieldType'],
    ['#account', { did, time, active: true }, 'ErrMissingField'],
    ['#sync', { did, seq, time, rev: 'x' }, 'ErrInvalidFieldValue'],
    ['#identity', [did], 'ErrInvalidCBOR'],
  ];
  for (const [type, body, reason] of cases) {
    const decoded = decodeFirehoseFrame(frameOf(type, body), all);
    assert.deepEqual([decoded.events, reasons(decoded)], [[], [reason]], JSON.stringify(body));
  }
  for (const header of [{ op: 2 }, { op: 'x', t: '#commit' }, { op: null }, [1], {}]) {
    const frame = Buffer.concat([encode(header), encode({ did, seq, time })]);
    const decoded = decodeFirehoseFrame(frame, all);
    assert.deepEqual([decoded.events, reasons(decoded)], [[], ['ErrInvalidCBOR']]);
  }
});

test('a frame cut at any byte is one reject, whatever is wanted', () => {
  for (const frame of corpus.frames) {
    for (const wants of [all, none]) {
      for (let length = 0; length < frame.length; length++) {
        const decoded = decodeFirehoseFrame(frame.subarray(0, length), wants);
        assert.deepEqual([decoded.events, reasons(decoded)], [[], ['ErrInvalidCBOR']]);
      }
    }
    const longer = decodeFirehoseFrame(Buffer.concat([frame, Buffer.of(0)]), all);
    assert.deepEqual([longer.events, reasons(longer)], [[], ['ErrInvalidCBOR']]);
  }
});

test('frames with changed bytes never throw and never give a record that was changed', () => {
  const events = corpus.frames.flatMap((frame) => decodeFirehoseFrame(frame, all).events);
  const known = new Set(events.map(recordText));
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  const frame = fc.constantFrom(...corpus.frames);
  fc.assert(
    fc.property(frame, fc.array(change, { minLength: 1, maxLength: 4 }), (real, changes) => {
      const bytes = Buffer.from(real);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      for (const event of decodeFirehoseFrame(bytes, all).events) {
        assert(known.has(recordText(event)), recordText(event));
      }
    }),
    { numRuns: 2000 },
  );
});

function recordText(event: StreamEvent): string {
  const changed = event.kind === 'commit' && event.commit.operation !== 'delete';
  return changed ? JSON.stringify(event.commit.record) : '';
}
