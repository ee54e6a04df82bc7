import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
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

/** Goal: archives are read over TLS, and only from servers whose certificate is in order. */

const EPOCH = 3;
const FIRST = firstSlotOfEpoch(EPOCH);
const never = new AbortController().signal;
const certificates = new URL('../../fixtures/tls/', import.meta.url);
const authorities = getCACertificates('default');
const scratch = makeTempFolder();
let car = Buffer.alloc(0);

before(async () => {
  const metadata = (n: number) => noise(20_000, n);
  const slots = slotsWithHoles(EPOCH, 20);
  const made = await makeArchive(scratch.path, { epoch: EPOCH, slots, metadata });
  car = readFileSync(made.carPath);
});
beforeEach(() => setDefaultCACertificates(authorities));
after(() => scratch.remove());

const pem = (file: string): string => readFileSync(new URL(file, certificates), 'utf8');

async function serve(t: TestContext, name: string): Promise<ArchiveServer> {
  const certificate = { key: pem(`${name}.key`), cert: pem(`${name}.crt`) };
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
  setDefaultCACertificates([...authorities, pem('loopback.crt')]);
  const server = await serve(t, 'loopback');
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
  { server: 'loopback', trusted: null, certificate: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  { server: 'other-host', trusted: 'other-host', certificate: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  { server: 'expired', trusted: 'expired', certificate: 'CERT_HAS_EXPIRED' },
];

for (const fault of faults) {
  test(`a certificate with ${fault.certificate} is refused at once and nothing is asked`, async (t) => {
    if (fault.trusted !== null) {
      setDefaultCACertificates([...authorities, pem(`${fault.trusted}.crt`)]);
    }
    const server = await serve(t, fault.server);
    await assert.rejects(openEpoch(t, server.base), {
      code: 'ARCHIVE_UNREACHABLE',
      retryable: false,
      message: /expected a certificate that this machine trusts, received one with [A-Z_]+ /,
      fields: { url: urlIn(server), certificate: fault.certificate },
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
  const server = await serve(t, 'loopback');
  const file = fileURLToPath(new URL('loopback.crt', certificates));
  assert.deepEqual(await readAs({ NODE_EXTRA_CA_CERTS: file }, server.base), {
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
