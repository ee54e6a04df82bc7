import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { execa } from 'execa';
import { natsReleaseFor, type PinnedRelease } from '../../../supervisor/provision/nats-release.ts';
import { provisionNatsServer } from '../../../supervisor/provision/nats-server.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const never = new AbortController().signal;

/** Serves a tarball with a program that says its version, as a release does. */
async function releaseServer(t: TestContext, version = '2.10.29'): Promise<PinnedRelease> {
  const dir = tempFolder(t);
  const folder = 'nats-server-v9-test';
  mkdirSync(join(dir, folder));
  const program = join(dir, folder, 'nats-server');
  writeFileSync(program, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(program, 0o755);
  await execa('tar', ['-czf', join(dir, 'r.tar.gz'), '-C', dir, folder]);
  const bytes = readFileSync(join(dir, 'r.tar.gz'));
  const server = createServer((request, response) => {
    if (request.url === '/r.tar.gz') response.end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { url: `http://127.0.0.1:${port}/r.tar.gz`, folder, sha256 };
}

function provision(binDir: string, release: PinnedRelease | null) {
  const said: string[] = [];
  const say = (line: string): unknown => said.push(line);
  const done = provisionNatsServer({ binDir, release, apt: false, say }, never);
  return { done, said };
}

test('a release whose SHA-256 is the pinned one is installed, and every step is said', async (t) => {
  const binDir = join(tempFolder(t), 'bin');
  const release = await releaseServer(t);
  const { done, said } = provision(binDir, release);
  assert.equal(await done, join(binDir, 'nats-server'));
  assert.match((await execa(join(binDir, 'nats-server'), ['--version'])).stdout, /2\.10\.29/);
  assert.deepEqual(readdirSync(binDir), ['nats-server']);
  assert.equal(said.length, 3);
  assert.match(said.join('\n'), new RegExp(`${release.url}[\\s\\S]*${release.sha256}`));
});

test('a release that is not the pinned file is refused and leaves nothing', async (t) => {
  const binDir = join(tempFolder(t), 'bin');
  const release = { ...(await releaseServer(t)), sha256: '0'.repeat(64) };
  await assert.rejects(provision(binDir, release).done, {
    code: 'BINARY_MISSING',
    message: /expected SHA-256 0{64}, received [0-9a-f]{64}.*NATS_URL/,
  });
  assert.deepEqual(readdirSync(binDir), []);
});

test('a release that cannot be had, or is too old, is refused with the reason', async (t) => {
  const binDir = join(tempFolder(t), 'bin');
  const release = await releaseServer(t);
  const gone = { ...release, url: release.url.replace('r.tar.gz', 'gone') };
  await assert.rejects(provision(binDir, gone).done, /gone: status 404/);
  await assert.rejects(provision(binDir, await releaseServer(t, '2.1.0')).done, /received 2\.1\.0/);
  assert.deepEqual(readdirSync(binDir), []);
});

test('where no release is pinned nothing is downloaded', async (t) => {
  assert.equal(natsReleaseFor('darwin', 'arm64'), null);
  assert.equal(natsReleaseFor('linux', 'mips'), null);
  assert.match(natsReleaseFor('linux', 'x64')?.sha256 ?? '', /^[0-9a-f]{64}$/);
  await assert.rejects(provision(join(tempFolder(t), 'bin'), null).done, /no official release/);
});
