import assert from 'node:assert/strict';
import test from 'node:test';
import { StreamDecoder } from '../../src/decode/atproto/stream-decoder.ts';
import type { StreamEvent } from '../../src/model/stream-event.ts';
import type { StreamFrame, StreamProtocol } from '../../src/model/stream-frame.ts';
import { eventIdentity, wholeCorpus } from '../support/firehose-corpus.ts';

/** Goal: 150 real frames of a relay, 152 lines of Jetstream and the same lines compressed give the same events. */

const corpus = wholeCorpus();
const skip =
  corpus === undefined
    ? 'the corpus in ../shared/fixtures/atproto is not here; it is no part of the project'
    : false;
const decoder = new StreamDecoder({ wants: () => true });

function eventsOf(data: Buffer, protocol: StreamProtocol, binary: boolean): readonly StreamEvent[] {
  const endpoint = { url: 'ws://127.0.0.1', protocol };
  const frame: StreamFrame = { data, binary, receivedAtMs: 0, endpoint };
  const { events, rejects } = decoder.decode(frame);
  assert.deepEqual(rejects, []);
  return events;
}

test('the 152 events of Jetstream come out of the 150 frames', { skip }, () => {
  assert(corpus !== undefined);
  const events = corpus.frames.flatMap((frame) => eventsOf(frame, 'firehose', true));
  const byIdentity = new Map(events.map((event) => [eventIdentity(event), event]));
  assert.deepEqual([corpus.frames.length, events.length, byIdentity.size], [150, 152, 152]);
  for (const line of corpus.lines) {
    const expected = JSON.parse(line) as StreamEvent;
    const event = byIdentity.get(eventIdentity(expected));
    assert(event !== undefined, line);
    // `time_us` is the clock of Jetstream's server and in no frame; a frame has the relay's time, which is earlier.
    assert(event.time_us < expected.time_us && event.time_us > expected.time_us - 60e6);
    assert.deepEqual({ ...event, time_us: 0 }, { ...expected, time_us: 0 });
  }
});

test('every line comes out of its text and of its compressed frame', { skip }, () => {
  assert(corpus !== undefined);
  assert.equal(corpus.compressed.length, 152);
  for (const [i, line] of corpus.lines.entries()) {
    const expected = [JSON.parse(line)];
    assert.deepEqual(eventsOf(Buffer.from(line), 'v1', false), expected);
    assert.deepEqual(eventsOf(corpus.compressed[i]!, 'v1', true), expected);
  }
});
