import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findEmbeddedEngine } from '../../supervisor/children/embedded-engine.ts';
import { freePort } from '../support/free-port.ts';
import { clickhouseMissing } from '../support/services.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const skip = clickhouseMissing;
const hostPath = fileURLToPath(new URL('../../workers/clickhouse-host.ts', import.meta.url));

function startHost(
  t: TestContext,
  path: string,
  port: number,
): ChildProcessByStdio<Writable, null, Readable> {
  const config = join(tempFolder(t), 'config.xml');
  writeFileSync(config, '<clickhouse></clickhouse>');
  const options = ['--library', findEmbeddedEngine() ?? '', '--path', path, '--config', config];
  const args = ['--import', 'tsx', hostPath, ...options, '--port', String(port)];
  const host = spawn(process.execPath, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    // The engine signals its whole process group in some of its own stops.
    detached: true,
  });
  t.after(() => host.kill('SIGKILL'));
  return host;
}

async function pings(port: number): Promise<boolean> {
  const headers = { connection: 'close' };
  const response = await fetch(`http://127.0.0.1:${port}/ping`, { headers }).catch(() => null);
  return (await response?.text()) === 'Ok.\n';
}

test('the engine stops in order when its supervisor has gone, and a stale FIFO is no hindrance', {
  skip,
}, async (t) => {
  const path = join(tempFolder(t), "it's a \\ folder");
  const stale = join(path, 'keepalive-1.fifo');
  mkdirSync(path);
  writeFileSync(stale, '');
  const port = await freePort();
  const host = startHost(t, path, port);
  await until('it answers', () => pings(port));
  assert.equal(existsSync(stale), false);
  host.stdin.end();
  const [code] = await once(host, 'exit');
  assert.equal(code, 0);
});

test('an engine that is stopped at the moment it answers stops as well', { skip }, async (t) => {
  // The engine answers before its last query reads the FIFO: about every third stop comes in between.
  for (let round = 0; round < 6; round++) {
    const port = await freePort();
    const host = startHost(t, tempFolder(t), port);
    const exited = once(host, 'exit');
    while (!(await pings(port)));
    host.stdin.end();
    const [code] = await exited;
    assert.equal(code, 0);
  }
});

test('an engine that ends unasked gives a non-zero exit code and says why', { skip }, async (t) => {
  const port = await freePort();
  const other = createServer();
  await new Promise((resolve) => other.listen(port, '127.0.0.1', () => resolve(null)));
  t.after(() => other.close());
  const host = startHost(t, tempFolder(t), port);
  let said = '';
  host.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(host, 'close');
  assert.equal(code, 1);
  assert.match(said, /Code: 210\b.*Address already in use/);
});
