import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { OperatingError } from '../../../src/core/errors.ts';
import { readRecordedFrames } from '../../../src/sources/jetstream/replay-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Goal: a recording gives its messages whatever its form, and says where it breaks off. */

async function framesOf(t: TestContext, bytes: Buffer): Promise<Buffer[]> {
  const path = join(tempFolder(t), 'recorded');
  writeFileSync(path, bytes);
  const frames: Buffer[] = [];
  for await (const { data } of readRecordedFrames(path, new AbortController().signal)) {
    frames.push(Buffer.from(data));
  }
  return frames;
}

function sized(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(message.length);
      return [length, message];
    }),
  );
}

// The first length begins with the byte of an opening brace; the second one takes many reads.
const messages = [
  Buffer.alloc(0x7b, 1),
  Buffer.alloc(1_000_000, 2),
  Buffer.alloc(0),
  Buffer.from('x'),
];
const lines = ['{"did":"a"}', `{"did":"${'b'.repeat(200_000)}"}`];

test('messages with lengths come out as they went in, compressed or not', async (t) => {
  assert.deepEqual(await framesOf(t, sized(messages)), messages);
  assert.deepEqual(await framesOf(t, zstdCompressSync(sized(messages))), messages);
});

test('JSON lines come out one by one, compressed or not', async (t) => {
  const text = Buffer.from(lines.join('\n'));
  assert.deepEqual((await framesOf(t, text)).map(String), lines);
  assert.deepEqual((await framesOf(t, zstdCompressSync(text))).map(String), lines);
});

test('a file that breaks off is refused with the offset', async (t) => {
  const whole = sized(messages);
  const packed = zstdCompressSync(whole);
  const isBroken = (error: unknown): boolean =>
    error instanceof OperatingError &&
    error.code === 'RECORD_MALFORMED' &&
    Number.isInteger(error.fields['offset']);
  await assert.rejects(framesOf(t, whole.subarray(0, 500_000)), isBroken);
  await assert.rejects(framesOf(t, packed.subarray(0, packed.length - 5)), isBroken);
});
