import assert from 'node:assert/strict';
import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { OperatingError } from '../../../src/core/errors.ts';
import { createSectionHasher } from '../../../src/decode/section-hasher.ts';
import { openLocalFile } from '../../../src/sources/archive/local-file.ts';
import { noise } from '../../support/archive-made.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const never = new AbortController().signal;
const bytes = noise(700_000, 1);
const hasCode = (code: string) => (error: unknown) =>
  error instanceof OperatingError && error.code === code;

test('windows of any size, consumed in any pieces, bring exactly the bytes of the run', (t) => {
  const path = join(tempFolder(t), 'file');
  writeFileSync(path, bytes);
  const source = openLocalFile(path);
  t.after(() => source.close());
  const cases = fc.record({
    offset: fc.integer({ min: 0, max: bytes.length - 1 }),
    length: fc.integer({ min: 0, max: bytes.length }),
    window: fc.integer({ min: 100, max: 400_000 }),
    parts: fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }),
  });
  fc.assert(
    fc.property(cases, ({ offset, length, window, parts }) => {
      const run = { offset, length: Math.min(length, bytes.length - offset) };
      const reader = source.openRun(run, Buffer.alloc(window), never);
      let consumed = 0;
      let at = run.offset;
      for (let turn = 0; ; turn++) {
        assert.equal(reader.advance(consumed), undefined, 'a local file never makes us wait');
        assert.equal(reader.baseOffset, at);
        const held = reader.window.subarray(reader.start, reader.end);
        assert(held.equals(bytes.subarray(at, at + held.length)));
        if (reader.finished && reader.end === 0) break;
        consumed = Math.ceil(reader.end * (parts[turn % parts.length] ?? 1));
        at += consumed;
      }
      assert.equal(at, run.offset + run.length);
    }),
    { numRuns: 40 },
  );
});

test('what was not consumed moves into a bigger window', async (t) => {
  const path = join(tempFolder(t), 'file');
  writeFileSync(path, bytes);
  const source = openLocalFile(path);
  t.after(() => source.close());
  const reader = source.openRun({ offset: 10, length: 5000 }, Buffer.alloc(1000), never);
  await reader.advance(0);
  await reader.advance(300);
  reader.useWindow(Buffer.alloc(6000));
  await reader.advance(0);
  assert.equal(reader.finished, true);
  assert(reader.window.subarray(0, reader.end).equals(bytes.subarray(310, 5010)));
});

test("a window in the section hasher's memory keeps its bytes when that memory grows", async (t) => {
  const path = join(tempFolder(t), 'file');
  writeFileSync(path, bytes);
  const source = openLocalFile(path);
  t.after(() => source.close());
  const hasher = createSectionHasher({ windowBytes: 1000, strategy: 'simd', now: () => 0 });
  const reader = source.openRun({ offset: 0, length: 400_000 }, hasher.window, never);
  await reader.advance(0);
  for (const windowBytes of [1500, 300_000, 400_000]) {
    reader.useWindow(hasher.grow(windowBytes));
    while (reader.end < windowBytes) await reader.advance(0);
  }
  assert.equal(reader.finished, true);
  assert(hasher.window.equals(bytes.subarray(0, 400_000)));
});

test('a file that shrinks or is written to while it is read is ARCHIVE_CHANGED', async (t) => {
  const path = join(tempFolder(t), 'file');
  writeFileSync(path, bytes);
  const source = openLocalFile(path);
  t.after(() => source.close());
  const whole = { offset: 0, length: bytes.length };
  const shrunk = source.openRun(whole, Buffer.alloc(bytes.length), never);
  await shrunk.advance(0);
  truncateSync(path, 1000);
  assert.throws(() => shrunk.advance(shrunk.end), hasCode('ARCHIVE_CHANGED'));
  appendFileSync(path, bytes);
  const grown = source.openRun({ offset: 0, length: 10 }, Buffer.alloc(10), never);
  assert.throws(() => grown.advance(0), hasCode('ARCHIVE_CHANGED'));
});

test('a cancelled read says so', (t) => {
  const path = join(tempFolder(t), 'file');
  writeFileSync(path, bytes);
  const source = openLocalFile(path);
  t.after(() => source.close());
  const reader = source.openRun({ offset: 0, length: 10 }, Buffer.alloc(10), AbortSignal.abort());
  assert.throws(() => reader.advance(0), hasCode('CANCELLED'));
});

test('a folder in the place of a file is ARCHIVE_NOT_FOUND', (t) => {
  assert.throws(() => openLocalFile(tempFolder(t)), hasCode('ARCHIVE_NOT_FOUND'));
});
