import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { OperatingError } from '../../../src/core/errors.ts';
import type { StreamFrame } from '../../../src/model/stream-frame.ts';
import { readRecordedFrames } from '../../../src/sources/jetstream/replay-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Goal: every form of recording is told by its bytes and read whole, or said to be broken and where. */

const CORPUS = new URL('../../fixtures/atproto/corpus/', import.meta.url);
const never = new AbortController().signal;

function fixture(name: string): Buffer {
  return readFileSync(new URL(name, CORPUS));
}

async function framesOf(path: string): Promise<StreamFrame[]> {
  const frames: StreamFrame[] = [];
  for await (const frame of readRecordedFrames(path, never)) frames.push(frame);
  return frames;
}

function sized(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    parts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return parts;
}

test('JSON lines, plain and compressed as a whole', async (t) => {
  const text = fixture('expected_v1.jsonl');
  const lines = text.toString('utf8').trim().split('\n');
  const path = join(tempFolder(t), 'events');
  for (const bytes of [text, zstdCompressSync(text), text.subarray(0, -1)]) {
    writeFileSync(path, bytes);
    const frames = await framesOf(path);
    assert.deepEqual(
      frames.map(({ data }) => data.toString('utf8')),
      lines,
    );
    assert.ok(frames.every(({ binary, endpoint }) => !binary && endpoint.protocol === 'v1'));
  }
});

test('messages compressed one by one', async () => {
  const name = 'expected_v1.zstdframes.bin';
  const frames = await framesOf(new URL(name, CORPUS).pathname);
  assert.deepEqual(
    frames.map(({ data }) => data),
    sized(fixture(name)),
  );
  assert.ok(frames.every(({ binary, endpoint }) => binary && endpoint.protocol === 'v1'));
});

test('frames of a relay', async () => {
  const name = 'frames.bin.zst';
  const frames = await framesOf(new URL(name, CORPUS).pathname);
  assert.deepEqual(
    frames.map(({ data }) => data),
    sized(zstdDecompressSync(fixture(name))),
  );
  assert.ok(frames.every(({ binary, endpoint }) => binary && endpoint.protocol === 'firehose'));
});

test('a file that breaks off is an error that says where, behind all that is whole', async (t) => {
  const whole = zstdDecompressSync(fixture('frames.bin.zst'));
  const lengths = sized(whole).map(({ length }) => length + 4);
  const path = join(tempFolder(t), 'frames');
  writeFileSync(path, whole.subarray(0, whole.length - 1));
  let read = 0;
  await assert.rejects(
    async () => {
      for await (const _ of readRecordedFrames(path, never)) read++;
    },
    (error) => {
      assert.ok(error instanceof OperatingError);
      assert.equal(error.code, 'RECORD_MALFORMED');
      assert.equal(error.fields['offset'], whole.length - lengths.at(-1)!);
      return true;
    },
  );
  assert.equal(read, lengths.length - 1);
});

test('what is no recording, and what is not there, is told', async (t) => {
  const path = join(tempFolder(t), 'noise');
  writeFileSync(path, Buffer.alloc(64, 0xff));
  await assert.rejects(framesOf(path), /expected a message of at most/);
  await assert.rejects(framesOf(`${path}.none`), /reading recorded events.*ENOENT/);
  writeFileSync(path, zstdCompressSync(Buffer.alloc(5000, 0x7b)).subarray(0, 12));
  await assert.rejects(framesOf(path), /reading recorded events/);
  writeFileSync(path, '');
  assert.deepEqual(await framesOf(path), []);
});
