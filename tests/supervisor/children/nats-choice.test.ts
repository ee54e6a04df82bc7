import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  chooseNats,
  type NatsChoice,
  type NatsChoiceOptions,
} from '../../../supervisor/children/nats-choice.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const never = new AbortController().signal;

function choose(t: TestContext, options: Partial<NatsChoiceOptions>): Promise<NatsChoice> {
  const binDir = tempFolder(t);
  const all = {
    mode: 'auto',
    url: null,
    port: 4222,
    monitorPort: 8222,
    binPath: null,
    binDir,
  } as const;
  return chooseNats({ ...all, ...options }, never);
}

function program(folder: string, version: string): string {
  const path = join(folder, 'nats-server');
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

test('a given URL is used and nothing is started', async (t) => {
  const url = 'nats://10.0.0.1:4222';
  assert.deepEqual(await choose(t, { url }), { type: 'external', url });
  assert.deepEqual(await choose(t, { url, mode: 'off' }), { type: 'off' });
});

test('a provisioned program is found in our own folder', async (t) => {
  const binDir = tempFolder(t);
  const path = program(binDir, '2.9.10');
  assert.deepEqual(await choose(t, { binDir }), {
    type: 'binary',
    url: 'nats://127.0.0.1:4222',
    path,
    port: 4222,
    monitorPort: 8222,
  });
});

test('a program that is too old or does not say its version is refused', async (t) => {
  for (const version of ['2.8.4', '1.4.1', 'unknown']) {
    const binPath = program(tempFolder(t), version);
    await assert.rejects(choose(t, { binPath }), {
      code: 'BINARY_VERSION',
      message: /2\.9 or newer/,
    });
  }
});

test('a missing program is named with three ways out', async (t) => {
  await assert.rejects(choose(t, { binPath: '/nowhere/nats-server' }), {
    code: 'BINARY_MISSING',
    message: /\/nowhere\/nats-server.*doctor --fix.*NATS_URL.*MILLRACE_NATS_MODE=off/,
  });
});

test('a program that is nowhere is missed where it was looked for', async (t) => {
  const binDir = tempFolder(t);
  const before = process.env['PATH'];
  t.after(() => {
    process.env['PATH'] = before;
  });
  process.env['PATH'] = binDir;
  await assert.rejects(choose(t, { binDir }), ({ message }: Error) =>
    message.includes(`in ${binDir} and on the PATH`),
  );
});
