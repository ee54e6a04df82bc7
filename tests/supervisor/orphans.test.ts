import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { endOrphan } from '../../supervisor/orphans.ts';
import { findSetpriv } from '../../supervisor/process-child.ts';
import {
  readProcessFacts,
  readProcessRecord,
  writeProcessRecord,
} from '../../supervisor/process-record.ts';
import { freePort } from '../support/free-port.ts';
import { processAlive } from '../support/process-alive.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const parentScript = join(import.meta.dirname, '../support/children/parent.ts');

/** Starts a process that starts the scripted child as a supervisor would, and kills it the hard way. */
async function orphanOf(t: TestContext, dataDir: string, launcher: 'setpriv' | 'none') {
  const args = ['--import', 'tsx', parentScript, dataDir, String(await freePort()), launcher];
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  t.after(() => {
    if (processAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  assert.equal(processAlive(pid), true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  return pid;
}

function bystander(t: TestContext, ...args: string[]): ChildProcess & { readonly pid: number } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', ...args], {
    stdio: 'ignore',
  });
  t.after(() => child.kill('SIGKILL'));
  const { pid } = child;
  assert(pid);
  return Object.assign(child, { pid });
}

test('a child whose supervisor is killed by SIGKILL ends with it', {
  skip: findSetpriv() === null ? 'this system has no setpriv' : false,
}, async (t) => {
  const pid = await orphanOf(t, tempFolder(t), 'setpriv');
  await until('the child has ended', () => !processAlive(pid));
});

test('a child left behind is ended by the next supervisor of the same folder', async (t) => {
  const dataDir = tempFolder(t);
  const pid = await orphanOf(t, dataDir, 'none');
  const recordPath = join(dataDir, 'scripted.json');
  assert.equal(readProcessRecord(recordPath)?.pid, pid);
  assert.equal(await endOrphan({ recordPath, dataDir, graceMs: 5_000 }, never), pid);
  // A process that is exiting has lost its command line a moment before it is gone.
  await until('the child is gone', () => !processAlive(pid));
  assert.equal(existsSync(recordPath), false);
});

test('a process that only has the recorded number is left alone', async (t) => {
  const dataDir = tempFolder(t);
  const recordPath = join(dataDir, 'child.json');
  const { pid } = bystander(t, dataDir);
  writeProcessRecord(recordPath, { pid, startTicks: '1', dataDir });
  assert.equal(await endOrphan({ recordPath, dataDir, graceMs: 5_000 }, never), null);
  assert.equal(processAlive(pid), true);
});

test('a process that does not work on our folder is left alone', async (t) => {
  const dataDir = tempFolder(t);
  const recordPath = join(dataDir, 'child.json');
  const { pid } = bystander(t, 'elsewhere');
  const startTicks = readProcessFacts(pid)?.startTicks ?? '';
  writeProcessRecord(recordPath, { pid, startTicks, dataDir });
  assert.equal(await endOrphan({ recordPath, dataDir, graceMs: 5_000 }, never), null);
  assert.equal(processAlive(pid), true);
});

test('a record that cannot be believed is no reason to end anything', async (t) => {
  const dataDir = tempFolder(t);
  const recordPath = join(dataDir, 'child.json');
  for (const text of ['', '{', '{"pid":-1}', '{"pid":1,"startTicks":5,"dataDir":"/"}', '[]']) {
    writeFileSync(recordPath, text);
    assert.equal(await endOrphan({ recordPath, dataDir, graceMs: 100 }, never), null);
  }
});
