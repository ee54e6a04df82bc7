import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { encode } from 'cborg';
import fc from 'fast-check';
import type { DecodedFrame } from '../../../src/decode/atproto/decoded-frame.ts';
import { StreamDecoder } from '../../../src/decode/atproto/stream-decoder.ts';
import type { StreamProtocol } from '../../../src/model/stream-frame.ts';
import { corpusCut } from '../../support/firehose-corpus.ts';

/** Goal: every frame is read as what it is, within the bound, and none makes the decoder throw. */

const corpus = corpusCut();
const decoder = new StreamDecoder({ wants: () => true });

function decode(
  data: Buffer,
  binary: boolean,
  protocol: StreamProtocol = 'v1',
  by: StreamDecoder = decoder,
): DecodedFrame {
  const endpoint = { url: 'wss://stream.example/subscribe', protocol };
  return by.decode({ data, binary, receivedAtMs: 0, endpoint });
}

function reasonsOf(frame: DecodedFrame): string[] {
  assert.deepEqual(frame.events, []);
  return frame.rejects.map(({ reason }) => reason);
}

const line = Buffer.from(corpus.lines[1] ?? '');
const dictionaries = ['legacy_subscribe.zdict', 'subscribe_events_20260811.zdict'].map((name) =>
  readFileSync(new URL(`../../../src/decode/atproto/dictionaries/${name}`, import.meta.url)),
);

test('texts, compressed texts, firehose frames and the seed’s CBOR are told apart', () => {
  const expected = corpus.lines.map((text) => [JSON.parse(text)]);
  for (const [i, text] of corpus.lines.entries()) {
    assert.deepEqual(decode(Buffer.from(text), false).events, expected[i]);
    assert.deepEqual(decode(corpus.compressed[i]!, true).events, expected[i]);
    assert.equal(decode(corpus.frames[i]!, true, 'firehose').events.length, 1);
  }
  const commit = { rev: 'a', operation: 'delete', collection: 'app.subcult.scene', rkey: 'self' };
  const envelope = Buffer.from(encode({ did: 'did:plc:a', kind: 'commit', commit }));
  assert.equal(decode(envelope, true).events.length, 1);
});

test('frames of both dictionaries and of none are decompressed', () => {
  for (const dictionary of [...dictionaries, undefined]) {
    const compressed = zstdCompressSync(line, { dictionary });
    assert.deepEqual(decode(compressed, true, 'v2').events, [JSON.parse(line.toString())]);
  }
});

test('a compressed frame with an unknown dictionary, a rest missing or bytes changed is refused', () => {
  const real = corpus.compressed[1]!;
  const unknown = Buffer.from(real);
  unknown.writeUInt32LE(7, (unknown[4]! & 0x20) === 0 ? 6 : 5);
  assert.deepEqual(reasonsOf(decode(unknown, true)), ['ErrMalformedJSON']);
  for (let length = 4; length < real.length; length++) {
    assert.deepEqual(reasonsOf(decode(real.subarray(0, length), true)), ['ErrMalformedJSON']);
  }
});

test('a frame above the bound is refused unread, and so is one that grows above it', () => {
  const bounded = new StreamDecoder({ wants: () => true, frameBytesMax: 200_000 });
  const large = Buffer.from(`{"a":"${'x'.repeat(200_000)}"}`);
  for (const [data, binary, protocol] of [
    [large, false, 'v1'],
    [large, true, 'v1'],
    [large, true, 'firehose'],
    [zstdCompressSync(large), true, 'v1'],
    [zstdCompressSync(Buffer.alloc(50_000_000)), true, 'v1'],
  ] as const) {
    const frame = decode(data, binary, protocol, bounded);
    assert.deepEqual(reasonsOf(frame), ['ErrMessageTooLarge']);
  }
  const fits = Buffer.from(`{"a":"${'x'.repeat(199_992)}"}`);
  assert.deepEqual(reasonsOf(decode(fits, false, 'v1', bounded)), ['ErrMissingDID']);
  assert.deepEqual(reasonsOf(decode(Buffer.alloc((4 << 20) + 1), true)), ['ErrMessageTooLarge']);
});

test('a frame that claims a large window is read like another', () => {
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 };
  const frame = decode(zstdCompressSync(line, { params }), true);
  assert.deepEqual(frame.events, [JSON.parse(line.toString())]);
});

test('whatever bytes come in whatever frame give events, rejects or a notice', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value)),
    fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.concat([MAGIC, value])),
    fc
      .tuple(fc.constantFrom(...corpus.compressed), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([real, at, byte]) => {
        const changed = Buffer.from(real);
        changed[at % changed.length] = byte;
        return changed;
      }),
  );
  const protocols = fc.constantFrom<StreamProtocol>('v1', 'v2', 'firehose');
  fc.assert(
    fc.property(bytes, fc.boolean(), protocols, (data, binary, protocol) => {
      const { events, rejects, notice } = decode(data, binary, protocol);
      assert(events.length + rejects.length > 0 || notice !== null);
    }),
    { numRuns: 2000 },
  );
});

const MAGIC = Buffer.from('28b52ffd', 'hex');
