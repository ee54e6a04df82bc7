import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { copyLauncher } from '../support/launcher-copy.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: whatever Node starts the launcher, the command line runs on a Node that is new enough. */

const systemNode = '/usr/bin/node';

function oldNodeMissing(): string | false {
  if (!existsSync(systemNode)) return 'this machine has no Node of its own';
  const version = execFileSync(systemNode, ['--version'], { encoding: 'utf8' });
  return Number(version.slice(1).split('.')[0]) < 22 ? false : 'the machine’s own Node is new';
}

interface Run {
  readonly node?: string;
  readonly args?: readonly string[];
  readonly ipc?: boolean;
  readonly packages?: readonly string[];
}

interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null; stderr: string }>;
  readonly firstLine: Promise<string>;
  readonly messages: unknown[];
}

function start(t: TestContext, run: Run): Started {
  const launcher = copyLauncher(tempFolder(t), run.packages ?? ['tsx', 'node']);
  const child = spawn(run.node ?? process.execPath, [launcher, ...(run.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe', ...(run.ipc ? (['ipc'] as const) : [])],
  });
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  const messages: unknown[] = [];
  const first = Promise.withResolvers<string>();
  child.on('message', (message) => messages.push(message));
  child.stderr?.on('data', (part) => {
    stderr += part;
  });
  child.stdout?.on('data', (part) => {
    stdout += part;
    const end = stdout.indexOf('\n');
    if (end >= 0) first.resolve(stdout.slice(0, end));
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }));
  return { process: child, ended, firstLine: first.promise, messages };
}

test('a new Node becomes the command line in place, so that there is one process', async (t) => {
  const run = start(t, { args: ['up', '--x=1'] });
  const facts = JSON.parse(await run.firstLine);
  assert.equal(facts.pid, run.process.pid);
  assert.deepEqual(facts.args, ['up', '--x=1']);
  run.process.kill('SIGTERM');
  assert.equal((await run.ended).code, 42);
});

test('an old Node goes on with the bundled one, and signals and exit code pass through', {
  skip: oldNodeMissing(),
}, async (t) => {
  const run = start(t, { node: systemNode, args: ['up'] });
  const facts = JSON.parse(await run.firstLine);
  assert.match(facts.version, /^v2[4-9]\./);
  run.process.kill('SIGINT');
  assert.equal((await run.ended).code, 42);
  assert.equal((await start(t, { node: systemNode, args: ['end', '3'] }).ended).code, 3);
  assert.equal((await start(t, { node: systemNode, args: ['crash'] }).ended).signal, 'SIGKILL');
});

test('a parent that listens hears the word ready, however many processes are between', async (t) => {
  for (const node of [process.execPath, ...(oldNodeMissing() ? [] : [systemNode])]) {
    const run = start(t, { node, args: ['up'], ipc: true });
    await run.firstLine;
    if (run.messages.length === 0) await once(run.process, 'message');
    assert.deepEqual(run.messages, ['ready']);
    run.process.kill('SIGTERM');
    assert.equal((await run.ended).code, 42);
  }
});

test('missing packages are said with the command that brings them', async (t) => {
  const { code, stderr } = await start(t, { packages: [] }).ended;
  assert.equal(code, 1);
  assert.match(stderr, /packages are not installed; run "npm ci" in \//);
});

test('an old Node without the bundled one is said with both ways out', {
  skip: oldNodeMissing(),
}, async (t) => {
  const { code, stderr } = await start(t, { node: systemNode, packages: ['tsx'] }).ended;
  assert.equal(code, 1);
  assert.match(stderr, /expected Node 22\.15 or newer, this is .*npm ci.*update Node/);
});
