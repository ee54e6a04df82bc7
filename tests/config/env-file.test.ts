import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { loadConfig } from '../../src/config/config.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: `.env` of the working folder counts, and the environment counts more. */

function workIn(t: TestContext, folder: string): void {
  const before = process.cwd();
  process.chdir(folder);
  t.after(() => process.chdir(before));
}

test('.env of the working folder is read, and the environment wins over it', (t) => {
  const folder = tempFolder(t);
  workIn(t, folder);
  const lines = ['# ports', 'MILLRACE_API_PORT=9001', 'export MILLRACE_NATS_PORT="9002"'];
  writeFileSync(join(folder, '.env'), lines.join('\n'));
  process.env['MILLRACE_NATS_PORT'] = '9003';
  t.after(() => delete process.env['MILLRACE_NATS_PORT']);
  const { config } = loadConfig();
  assert.deepEqual([config.apiPort, config.natsPort], [9001, 9003]);
});

test('an unknown name in .env is refused like one in the environment', (t) => {
  const folder = tempFolder(t);
  workIn(t, folder);
  writeFileSync(join(folder, '.env'), 'MILLRACE_API_PROT=9001\n');
  assert.throws(() => loadConfig(), { code: 'CONFIG', message: /MILLRACE_API_PROT.*API_PORT/ });
});

test('a .env that cannot be read is named, and none at all is no fault', (t) => {
  const folder = tempFolder(t);
  workIn(t, folder);
  assert.equal(loadConfig().config.apiPort, 8080);
  mkdirSync(join(folder, '.env'));
  assert.throws(() => loadConfig(), { code: 'CONFIG', message: /^reading \.env: / });
});
