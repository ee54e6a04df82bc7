import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import { tempFolder } from '../../../support/temp-folder.ts';

/** Goal: a process that is killed in the middle of writing loses nothing it has promised, and leaves no half batch. */

const program = fileURLToPath(
  new URL('../../../support/children/record-writer.ts', import.meta.url),
);

function startWriter(t: TestContext, path: string): ChildProcess {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Kills the writer when it has said `lines` cursors; resolves to the last one that it said. */
async function killAfter(child: ChildProcess, lines: number): Promise<number> {
  assert(child.stdout !== null);
  const ended = once(child, 'exit');
  let [said, last] = [0, 0];
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    if (++said === lines) child.kill('SIGKILL');
  }
  await ended;
  assert(said >= lines, 'the writer ended by itself');
  return last;
}

test('whenever the writer is killed, the file holds exactly what the cursor says, and the next one goes on', async (t) => {
  const path = join(tempFolder(t), 'records.db');
  let before = 0;
  for (const lines of [1, 7, 20]) {
    const promised = await killAfter(startWriter(t, path), lines);
    const oracle = new SqliteDatabase(path);
    const count = (from: string) => oracle.prepare(`SELECT count(*) FROM ${from}`).pluck().get();
    const cursor = oracle.prepare('SELECT time_us FROM indexer_state').pluck().get() as number;
    assert(cursor >= promised && cursor > before);
    assert.equal(count('scenes'), cursor);
    assert.equal(count('indexer_records'), cursor);
    assert.equal(count('ingestion_idempotency'), cursor);
    assert.equal(oracle.pragma('integrity_check', { simple: true }), 'ok');
    oracle.close();
    before = cursor;
  }
});
