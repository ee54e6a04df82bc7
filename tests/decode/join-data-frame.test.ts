import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeCidText } from '../../src/decode/cid.ts';
import { crc64 } from '../../src/decode/crc64.ts';
import type { DataFrame } from '../../src/decode/data-frame.ts';
import { fnv1a64 } from '../../src/decode/fnv1a64.ts';
import { joinDataFrame } from '../../src/decode/join-data-frame.ts';
import { decodeLedgerNode } from '../../src/decode/ledger-node.ts';
import { cidOf, frameNode } from '../support/car-bytes.ts';

/** Goal: payloads split over frames come together exactly, or not at all. */

const payload = Buffer.from(Array.from({ length: 130 }, (_, i) => i));
const limits = { payloadBytesMax: 1000, framesMax: 100 };

interface Split {
  readonly first: DataFrame;
  readonly frames: Map<string, DataFrame>;
}

/** Ten bytes a frame, five links a frame, the last of each five naming the next five: as archives hold them. */
function split(change: { hash?: bigint | null; total?: number; lastIndex?: number } = {}): Split {
  const { hash = crc64(payload), total = 13, lastIndex = 12 } = change;
  const frames = new Map<string, DataFrame>();
  let group: Buffer[] = [];
  let following: Buffer[] = [];
  for (let index = 12; index >= 1; index--) {
    const next = group.length === 0 ? following : [];
    const data = payload.subarray(index * 10, index * 10 + 10);
    const node = frameNode({ hash, index: index === 12 ? lastIndex : index, total, data, next });
    frames.set(encodeCidText(cidOf(node)), frame(node));
    group.unshift(cidOf(node));
    if (group.length === 5) {
      following = group;
      group = [];
    }
  }
  const next = group.length === 0 ? following : group;
  const data = payload.subarray(0, 10);
  return { first: frame(frameNode({ hash, index: 0, total, data, next })), frames };
}

function frame(node: Buffer): DataFrame {
  const decoded = decodeLedgerNode(node, 0, node.length);
  assert(decoded.kind === 6);
  return decoded;
}

function join({ first, frames }: Split, within = limits): Uint8Array {
  return joinDataFrame(first, (cid) => frames.get(encodeCidText(cid)), within);
}

test('a payload over thirteen frames comes together in the order of their indexes', () => {
  assert.deepEqual(Buffer.from(join(split())), payload);
});

test('the checksum may be CRC-64 or FNV-1a or absent, and any other is corrupt', () => {
  assert.deepEqual(Buffer.from(join(split({ hash: fnv1a64(payload) }))), payload);
  assert.deepEqual(Buffer.from(join(split({ hash: null }))), payload);
  assert.throws(() => join(split({ hash: 1n })), { code: 'ARCHIVE_CORRUPT' });
});

test('a lone frame is its own payload, as a view', () => {
  const data = Buffer.from('alone');
  const lone: DataFrame = { kind: 6, hash: null, index: null, total: null, data, next: [] };
  assert.equal(join({ first: lone, frames: new Map() }), data);
});

test('a frame that the archive does not hold is corrupt and named', () => {
  const whole = split();
  const missing = [...whole.frames.keys()][3] ?? '';
  whole.frames.delete(missing);
  assert.throws(() => join(whole), { code: 'ARCHIVE_CORRUPT' });
});

test('wrong totals, repeated and missing indexes are malformed', () => {
  for (const change of [{ total: 14 }, { total: 12 }, { lastIndex: 11 }, { lastIndex: 0 }]) {
    assert.throws(() => join(split(change)), { code: 'RECORD_MALFORMED' });
  }
});

test('frames that name each other end with an error', () => {
  const looped = split();
  const cid = looped.first.next[0]!;
  const name = encodeCidText(cid);
  looped.frames.set(name, { ...looped.frames.get(name)!, next: [cid] });
  assert.throws(() => join(looped), { code: 'RECORD_MALFORMED' });
});

test('more frames or bytes than allowed are refused', () => {
  assert.throws(() => join(split(), { ...limits, framesMax: 12 }), { code: 'RECORD_TOO_LARGE' });
  assert.throws(() => join(split(), { ...limits, payloadBytesMax: 129 }), {
    code: 'RECORD_TOO_LARGE',
  });
});

test('a frame may stand inside an identity link', () => {
  const second = frameNode({ hash: null, index: 1, total: 2, data: Buffer.from('lo'), next: [] });
  const inline = Buffer.concat([Buffer.of(1, 0x71, 0, second.length), second]);
  const data = Buffer.from('hel');
  const first: DataFrame = { kind: 6, hash: null, index: 0, total: 2, data, next: [inline] };
  assert.equal(join({ first, frames: new Map() }).toString(), 'hello');
});

test('checksums of known texts are the published ones', () => {
  assert.equal(crc64(Buffer.from('123456789')), 0xb90956c775a41001n);
  assert.equal(fnv1a64(Buffer.from('')), 0xcbf29ce484222325n);
  assert.equal(fnv1a64(Buffer.from('foobar')), 0x85944171f73967e8n);
});
