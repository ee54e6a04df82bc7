import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ChildLog } from '../../src/ops/child-log.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-child-log-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a full file is put aside and only so many old ones are kept', (t) => {
  const dir = folder(t);
  const log = new ChildLog({ path: join(dir, 'c.log'), fileBytesMax: 10, oldFilesMax: 2 });
  for (const word of ['aaaaaaaaaa\n', 'bbbbbbbbbb\n', 'cccccccccc\n', 'dddddddddd\n']) {
    log.write(Buffer.from(word));
  }
  log.close();
  assert.deepEqual(readdirSync(dir).sort(), ['c.log', 'c.log.1', 'c.log.2']);
  assert.equal(readFileSync(join(dir, 'c.log'), 'utf8'), 'dddddddddd\n');
  assert.equal(readFileSync(join(dir, 'c.log.2'), 'utf8'), 'bbbbbbbbbb\n');
});

test('a log opened again goes on in the same file', (t) => {
  const path = join(folder(t), 'c.log');
  for (const word of ['one\n', 'two\n']) {
    const log = new ChildLog({ path, fileBytesMax: 1000, oldFilesMax: 1 });
    log.write(Buffer.from(word));
    log.close();
  }
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
});

test('the last lines are bounded, joined over chunks, and forgotten on request', (t) => {
  const log = new ChildLog({
    path: join(folder(t), 'c.log'),
    fileBytesMax: 1e6,
    oldFilesMax: 1,
  });
  for (let line = 0; line < 500; line++) log.write(Buffer.from(`line ${line}\n`));
  log.write(Buffer.from('no end'));
  log.write(Buffer.from(' yet'));
  assert.equal(log.lastLines().length, 41);
  assert.deepEqual(log.lastLines().slice(-2), ['line 499', 'no end yet']);
  log.write(Buffer.from('x'.repeat(100_000)));
  assert((log.lastLines().at(-1)?.length ?? 0) <= 2_000);
  log.clearTail();
  assert.deepEqual(log.lastLines(), []);
  log.close();
});

test('a folder that cannot be written costs lines of the file but not the tail', (t) => {
  const blocker = join(folder(t), 'file');
  writeFileSync(blocker, '');
  const log = new ChildLog({ path: join(blocker, 'c.log'), fileBytesMax: 10, oldFilesMax: 1 });
  log.write(Buffer.from('kept\n'));
  assert.deepEqual(log.lastLines(), ['kept']);
  assert.equal(log.lostBytes, 5);
});
