import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { firstSlotOfEpoch } from '../../../src/core/epoch.ts';
import { slotRange } from '../../../src/core/slot-range.ts';
import { openArchive } from '../../../src/sources/archive/archive.ts';
import type { EpochArchive } from '../../../src/sources/archive/epoch-archive.ts';
import { archiveAt, archiveOptions } from '../../support/archive-folder.ts';
import { makeArchive, noise, slotsWithHoles } from '../../support/archive-made.ts';
import { type ArchiveServer, startArchiveServer } from '../../support/archive-server.ts';
import { makeTempFolder } from '../../support/archive-temp.ts';
import { type TlsCertificate, tlsCertificate, trustOnly } from '../../support/tls-certificate.ts';

/** Goal: archives are read over TLS, and only from servers whose certificate is in order. */

const EPOCH = 3;
const FIRST = firstSlotOfEpoch(EPOCH);
const loopback = tlsCertificate('loopback');
const never = new AbortController().signal;
const scratch = makeTempFolder();
let car = Buffer.alloc(0);

before(async () => {
  const metadata = (n: number) => noise(20_000, n);
  const slots = slotsWithHoles(EPOCH, 20);
  const made = await makeArchive(scratch.path, { epoch: EPOCH, slots, metadata });
  car = readFileSync(made.carPath);
});
beforeEach(() => trustOnly());
after(() => scratch.remove());

async function serve(t: TestContext, certificate: TlsCertificate): Promise<ArchiveServer> {
  const server = await startArchiveServer(scratch.path, certificate);
  t.after(() => server.close());
  return server;
}

async function openEpoch(t: TestContext, base: string): Promise<EpochArchive> {
  const archive = openArchive(archiveAt(base), archiveOptions);
  t.after(() => archive.close());
  const epoch = await archive.epoch(EPOCH, never);
  t.after(() => epoch.close());
  return epoch;
}

test('slots are found and read in ranges over kept TLS connections', async (t) => {
  trustOnly(loopback);
  const server = await serve(t, loopback);
  const epoch = await openEpoch(t, server.base);
  const { runs } = await epoch.locate(slotRange(FIRST + 3, FIRST + 15), never);
  for (const run of runs) {
    const bytes = await epoch.readSlice(run.offset, run.length, never);
    assert(bytes.equals(car.subarray(run.offset, run.offset + run.length)));
  }
  const slice = await epoch.readSlice(100, 200_000, never);
  assert(slice.equals(car.subarray(100, 200_100)));
  assert(runs.length > 0 && server.log.length > 4);
  assert(server.connections <= 4, `${server.connections} connections`);
});

const faults = [
  { name: 'loopback', trusted: false, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  { name: 'other-host', trusted: true, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  { name: 'expired', trusted: true, code: 'CERT_HAS_EXPIRED' },
] as const;

for (const { name, trusted, code } of faults) {
  test(`a certificate with ${code} is refused at once and nothing is asked`, async (t) => {
    const certificate = tlsCertificate(name);
    if (trusted) trustOnly(certificate);
    const server = await serve(t, certificate);
    await assert.rejects(openEpoch(t, server.base), {
      code: 'ARCHIVE_UNREACHABLE',
      retryable: false,
      message: /expected a certificate that this machine trusts, received one with [A-Z_]+ /,
      fields: { url: urlIn(server), certificate: code },
    });
    assert.deepEqual(server.log, []);
    assert.equal(server.connections, 1);
  });
}

const urlIn = (server: ArchiveServer): string => `${server.base}/${EPOCH}/epoch-${EPOCH}.car`;

/** What a process of its own reads, or the error it meets. */
async function readAs(environment: Record<string, string>, base: string): Promise<unknown> {
  const script = fileURLToPath(new URL('../../support/children/read-archive.ts', import.meta.url));
  const given = ['--import', 'tsx', script, base, String(EPOCH), String(car.length)];
  const { stdout } = await execa(process.execPath, given, { env: environment });
  return JSON.parse(stdout);
}

test('an authority named in NODE_EXTRA_CA_CERTS is trusted', async (t) => {
  const server = await serve(t, loopback);
  assert.deepEqual(await readAs({ NODE_EXTRA_CA_CERTS: loopback.file }, server.base), {
    sha256: createHash('sha256').update(car).digest('hex'),
  });
});

test('a plain HTTP server behind an https address is unreachable, and is sent nothing it could read', async (t) => {
  const plain = await startArchiveServer(scratch.path);
  t.after(() => plain.close());
  const base = plain.base.replace('http:', 'https:');
  await assert.rejects(openEpoch(t, base), { code: 'ARCHIVE_UNREACHABLE' });
  assert.deepEqual(plain.log, []);
});
