import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { copyLauncher } from '../support/launcher-copy.ts';
import { processAlive } from '../support/process-alive.ts';
import { until } from '../support/until.ts';

const pm2Bin = fileURLToPath(new URL('../../node_modules/.bin/pm2', import.meta.url));

interface Pm2App {
  readonly pid: number;
  readonly pm2_env: { readonly status: string; readonly restart_time: number };
}

test('pm2 runs one app that says when it is ready, brings it back after SIGKILL, and stops it in order', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pm2-'));
  copyLauncher(folder, ['tsx', 'node']);
  const env = { PM2_HOME: join(folder, 'pm2') };
  const pm2 = (...args: string[]) => execa(pm2Bin, args, { cwd: folder, env, timeout: 30_000 });
  const app = async (): Promise<Pm2App | undefined> => {
    const { stdout } = await pm2('jlist');
    return JSON.parse(stdout.slice(stdout.indexOf('[{')))[0];
  };
  // The daemon lives in the folder: it has to end before the folder goes.
  t.after(() => pm2('kill').then(() => rmSync(folder, { recursive: true, maxRetries: 5 })));

  await pm2('start', 'pm2.config.cjs');
  const first = await app();
  assert.equal(first?.pm2_env.status, 'online');
  const firstPid = first?.pid ?? 0;
  process.kill(firstPid, 'SIGKILL');
  let secondPid = 0;
  await until('pm2 has started it again', async () => {
    const again = await app();
    secondPid = again?.pid ?? 0;
    return again?.pm2_env.status === 'online' && ![0, firstPid].includes(secondPid);
  });
  await pm2('stop', 'millrace');
  assert.equal(processAlive(secondPid), false);
  assert.equal((await app())?.pm2_env.status, 'stopped');
  const { stdout } = await pm2('logs', 'millrace', '--nostream', '--raw', '--out');
  assert.match(stdout, /SIGINT/);
});
