import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { StreamEndpoint } from '../../../src/model/stream-frame.ts';
import { reconnectDelayMs } from '../../../src/sources/jetstream/reconnect-delay.ts';
import { resumeCursor } from '../../../src/sources/jetstream/resume-cursor.ts';

/** Goal: a connection begins early enough, and is spread out in time. */

const v1: StreamEndpoint = { url: 'wss://one.example/subscribe', protocol: 'v1' };
const firehose: StreamEndpoint = { url: 'wss://one.example/xrpc/x', protocol: 'firehose' };
const TIME_US = 1_783_175_888_000_000;
const position = { timeUs: TIME_US, seq: 42, host: 'one.example' };

test('nothing stored begins at the tip', () => {
  assert.deepEqual(resumeCursor(null, v1, false), { cursor: null, gap: false });
});

test('a number is used at its own host only', () => {
  assert.equal(resumeCursor(position, v1, false).cursor, 42);
  const other = { ...v1, url: 'wss://two.example/subscribe' };
  assert.equal(resumeCursor(position, other, false).cursor, TIME_US - 10_000_000);
});

test('a time is rewound by five seconds, since events are not in its order', () => {
  const noSeq = { ...position, seq: null };
  assert.equal(resumeCursor(noSeq, v1, false).cursor, TIME_US - 5_000_000);
  assert.equal(resumeCursor(position, v1, true).cursor, TIME_US - 5_000_000);
});

test('a relay that does not know the number is a gap, and said to be one', () => {
  assert.deepEqual(resumeCursor(position, firehose, false), { cursor: 42, gap: false });
  const other = { ...position, host: 'two.example' };
  assert.deepEqual(resumeCursor(other, firehose, false), { cursor: null, gap: true });
});

test('pauses are those of the seed, and the jitter never breaks the bound', () => {
  const { backoff_no_jitter_ms: vectors } = JSON.parse(
    readFileSync(
      new URL('../../fixtures/atproto/seed/geo_jitter_idempotency.json', import.meta.url),
      'utf8',
    ),
  ) as { backoff_no_jitter_ms: { max: number; attempts: Readonly<Record<string, number>> } };
  // The vectors were made with a lower bound than the seed's default of 30 s.
  const below = Object.entries(vectors.attempts).filter(([, ms]) => ms < vectors.max);
  assert.equal(below.length, 4);
  for (const [attempt, ms] of below) assert.equal(reconnectDelayMs(Number(attempt), 0.5), ms);
  assert.equal(reconnectDelayMs(0, 0), 75);
  assert.equal(reconnectDelayMs(0, 0.999_999), 125);
  assert.equal(reconnectDelayMs(40, 0.999_999), 30_000);
});
