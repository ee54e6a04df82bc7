import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeFirehoseFrame } from '../../../src/decode/atproto/firehose-frame.ts';
import type { StreamEndpoint, StreamPosition } from '../../../src/model/stream-frame.ts';
import { advancePosition } from '../../../src/pipelines/records/advance-position.ts';
import { resumeCursor } from '../../../src/sources/jetstream/resume-cursor.ts';
import { frameOf } from '../../support/firehose-made.ts';

/** Goal: no frame moves a position to where events would be missed. */

const NOW_US = 1_783_175_888_000_000;
const relay: StreamEndpoint = { url: 'wss://relay.example/xrpc/x', protocol: 'firehose' };
const jetstream: StreamEndpoint = { url: 'wss://jet.example/subscribe', protocol: 'v1' };
const other: StreamEndpoint = { url: 'wss://other.example/subscribe', protocol: 'v1' };

function framed(timeUs: number | null, seq: number | null) {
  return { events: [], seq, timeUs };
}

function afterAll(
  steps: readonly (readonly [StreamEndpoint, number | null, number | null])[],
): StreamPosition | null {
  return steps.reduce<StreamPosition | null>(
    (before, [endpoint, timeUs, seq]) =>
      advancePosition(before, endpoint, framed(timeUs, seq), NOW_US),
    null,
  );
}

test('a time of the future that an account writes does not hide what comes before it', () => {
  const body = { did: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', seq: 7, time: '2099-01-01T00:00:00Z' };
  const frame = decodeFirehoseFrame(frameOf('#account', { ...body, active: true }), () => true);
  assert.equal(frame.events.length, 1);
  const position = advancePosition(null, relay, frame, NOW_US);
  assert.deepEqual(position, { timeUs: NOW_US, seq: 7, host: 'relay.example' });
  const { cursor } = resumeCursor(position, jetstream, false);
  assert.equal(cursor, NOW_US - 10_000_000);
});

test('times only grow, whichever host they come from, and numbers go with their host', () => {
  const steps = [
    [jetstream, NOW_US - 5, 40],
    [jetstream, NOW_US - 9, 41],
  ] as const;
  assert.deepEqual(afterAll(steps), { timeUs: NOW_US - 5, seq: 41, host: 'jet.example' });
  assert.deepEqual(afterAll([...steps, [other, NOW_US - 90, null]]), {
    ...{ timeUs: NOW_US - 5, seq: null, host: 'other.example' },
  });
});

test('a frame that tells neither time nor number moves nothing', () => {
  assert.equal(afterAll([[relay, null, null]]), null);
  const position = afterAll([[relay, null, 5]]);
  assert.deepEqual(position, { timeUs: 0, seq: 5, host: 'relay.example' });
  assert.deepEqual(resumeCursor(position, relay, false), { cursor: 5, gap: false });
  // Without a time no other host can go on there.
  assert.deepEqual(resumeCursor(position, jetstream, false), { cursor: null, gap: true });
});
