import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  type ClickhouseChoice,
  type ClickhouseChoiceOptions,
  chooseClickhouse,
} from '../../../supervisor/children/clickhouse-choice.ts';
import { explainClickhouseFailure } from '../../../supervisor/children/clickhouse-failure.ts';
import { resolveClickhouseMode } from '../../../supervisor/children/clickhouse-mode.ts';
import { clickhouseMissing } from '../../support/services.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const never = new AbortController().signal;

async function choose(
  t: TestContext,
  options: Partial<ClickhouseChoiceOptions>,
): Promise<{ choice: ClickhouseChoice; said: string[] }> {
  const said: string[] = [];
  const all = {
    mode: 'auto',
    dsn: null,
    port: 8123,
    binPath: null,
    binDir: tempFolder(t),
  } as const;
  const say = (sentence: string): unknown => said.push(sentence);
  const choice = await chooseClickhouse({ ...all, ...options }, say, never);
  return { choice, said };
}

/** A program that says its version as ClickHouse does. */
function program(folder: string, version: string): string {
  const path = join(folder, 'clickhouse');
  writeFileSync(path, `#!/bin/sh\necho "ClickHouse server version ${version} (official build)."\n`);
  chmodSync(path, 0o755);
  return path;
}

test('every spelling of Jetstreamer means what it means there', () => {
  const spellings = {
    auto: ['', 'auto', 'default', 'on', 'true', '1', ' AUTO '],
    off: ['off', 'disable', 'disabled', '0', 'false', 'none', 'no'],
    remote: ['remote', 'external', 'no-spawn', 'no_spawn', 'nospawn'],
    local: ['local', 'spawn', 'helper', 'auto-spawn', 'autospawn'],
    embedded: ['embedded', 'Embedded'],
  };
  for (const [mode, words] of Object.entries(spellings)) {
    for (const word of words)
      assert.deepEqual(resolveClickhouseMode(word), { mode, warning: null });
  }
});

test('an unknown mode is warned of and means auto', () => {
  const { mode, warning } = resolveClickhouseMode('lokal');
  assert.equal(mode, 'auto');
  assert.match(warning ?? '', /JETSTREAMER_CLICKHOUSE_MODE: "lokal".*autospawn/);
});

test('off, and an empty DSN, run without ClickHouse', async (t) => {
  assert.deepEqual((await choose(t, { mode: 'off' })).choice, { type: 'off' });
  assert.deepEqual((await choose(t, { dsn: '' })).choice, { type: 'off' });
});

test('remote uses the DSN as given, and auto does where it names another machine', async (t) => {
  const dsn = 'http://user:pass@db.example:8123';
  assert.deepEqual((await choose(t, { mode: 'remote', dsn })).choice, { type: 'remote', dsn });
  assert.deepEqual((await choose(t, { mode: 'auto', dsn })).choice, { type: 'remote', dsn });
  const slash = (await choose(t, { mode: 'auto', dsn: `${dsn}/` })).choice;
  assert.deepEqual(slash, { type: 'remote', dsn });
  const fallback = (await choose(t, { mode: 'remote' })).choice;
  assert.deepEqual(fallback, { type: 'remote', dsn: 'http://127.0.0.1:8123' });
});

test('a program of version 24 or newer is run on the port the loopback DSN names', async (t) => {
  const binDir = tempFolder(t);
  const path = program(binDir, '24.3.1.2672');
  const { choice } = await choose(t, { binDir, dsn: 'http://localhost:9123' });
  assert.deepEqual(choice, { type: 'binary', dsn: 'http://127.0.0.1:9123', port: 9123, path });
});

test('an old program the user named is refused with the reason', async (t) => {
  const binPath = program(tempFolder(t), '18.16.1');
  await assert.rejects(choose(t, { binPath }), {
    code: 'BINARY_VERSION',
    message: new RegExp(`${binPath}.*24 or newer.*18.16.1`),
  });
});

test('an old program that was merely found gives way to the embedded engine, and that is said', {
  skip: clickhouseMissing,
}, async (t) => {
  const binDir = tempFolder(t);
  program(binDir, '18.16.1');
  const { choice, said } = await choose(t, { binDir });
  assert.equal(choice.type, 'embedded');
  assert.match(said.join(), /18\.16\.1; using the embedded engine/);
});

test('embedded takes the engine though a good program is there', {
  skip: clickhouseMissing,
}, async (t) => {
  const binDir = tempFolder(t);
  program(binDir, '25.1.1');
  assert.equal((await choose(t, { mode: 'embedded', binDir })).choice.type, 'embedded');
});

test('a named program that is missing and a DSN that is no address are errors', async (t) => {
  await assert.rejects(choose(t, { binPath: '/nowhere/clickhouse' }), { code: 'BINARY_MISSING' });
  await assert.rejects(choose(t, { dsn: 'localhost:8123' }), { code: 'CONFIG' });
  await assert.rejects(choose(t, { dsn: 'tcp://localhost:9000' }), { code: 'CONFIG' });
});

test('what the engine says when it ends is turned into cause and remedy', () => {
  const claim = { host: '127.0.0.1', port: 8123, purpose: 'ClickHouse', remedy: 'take another' };
  const explain = (line: string) =>
    explainClickhouseFailure(['before', line, 'after'], { claim, dataDir: '/d/clickhouse' });
  const taken = explain(
    'Code: 210. DB::Exception: Listen [127.0.0.1]:8123 failed: Poco::Exception. Code: 1000, e.code() = 98, Net Exception: Address already in use: 127.0.0.1:8123 (NETWORK_ERROR)',
  );
  assert.equal(taken?.code, 'PORT_TAKEN');
  assert.match(taken?.message ?? '', /127.0.0.1:8123.*take another/);
  const locked = explain(
    'Code: 76. DB::Exception: Cannot lock file /d/clickhouse/status. Another server instance in same directory is already running. (CANNOT_OPEN_FILE)',
  );
  assert.equal(locked?.code, 'DATA_FOLDER');
  assert.match(locked?.message ?? '', /\/d\/clickhouse/);
  for (const line of [
    'Code: 243. DB::Exception: Cannot reserve 1.00 MiB',
    'write: No space left on device',
  ]) {
    assert.equal(explain(line)?.code, 'DISK_FULL', line);
  }
  assert.equal(explain('mkdir: Permission denied')?.code, 'DATA_FOLDER');
  const broken = explain(
    'Code: 62. DB::Exception: Syntax error (in file metadata/millrace.sql): failed at position 1',
  );
  assert.equal(broken?.code, 'DATA_FOLDER');
  assert.match(broken?.message ?? '', /\/d\/clickhouse.*metadata\/millrace\.sql.*move that folder/);
  assert.equal(explain('Code: 62. DB::Exception: Syntax error'), null);
});
