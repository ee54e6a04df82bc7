import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  type DoctorCheck,
  fixAndCheckAgain,
  runDoctor,
} from '../../../supervisor/provision/doctor.ts';
import { type DoctorOptions, doctorChecks } from '../../../supervisor/provision/doctor-checks.ts';
import { freePort } from '../../support/free-port.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const never = new AbortController().signal;

async function healthy(t: TestContext): Promise<DoctorOptions> {
  const dataDir = join(tempFolder(t), 'data');
  const binDir = join(dataDir, 'bin');
  mkdirSync(binDir, { recursive: true });
  writeFileSync(join(binDir, 'nats-server'), '#!/bin/sh\necho "nats-server: v2.10.29"\n');
  chmodSync(join(binDir, 'nats-server'), 0o755);
  const port = await freePort();
  return {
    dataDir,
    diskBytesMin: 1,
    clickhouse: { mode: 'off', dsn: null, port: 8123, binPath: null, binDir },
    nats: { mode: 'auto', url: null, port: 4222, monitorPort: 8222, binPath: null, binDir },
    natsRelease: null,
    ports: [{ host: '127.0.0.1', port, purpose: 'the API', remedy: 'set MILLRACE_API_PORT' }],
    supervisorRuns: async () => false,
    reachable: [{ id: 'rpc', ask: async () => 'answers', remedy: 'set IQ_RPC_URL' }],
  };
}

async function wrong(options: DoctorOptions): Promise<readonly string[]> {
  const results = await runDoctor(doctorChecks(options), never);
  return results
    .filter((result) => !result.ok)
    .map(({ id, detail, remedy }) => `${id}: ${detail} (${remedy})`);
}

test('a machine with everything gives one good line for each check', async (t) => {
  const results = await runDoctor(doctorChecks(await healthy(t)), never);
  assert.deepEqual(
    results.filter((result) => !result.ok),
    [],
  );
  const ids = results.map((result) => result.id.replace(/\d+/, 'N'));
  assert.deepEqual(ids, [
    'node',
    'sqlite',
    'data folder',
    'disk',
    'clickhouse',
    'nats-server',
    'port N',
    'rpc',
  ]);
});

test('each thing that is wrong is named with what to do, and the other checks still run', async (t) => {
  const options = await healthy(t);
  const blocked = createServer();
  const [claim] = options.ports;
  assert(claim);
  await new Promise((resolve) => blocked.listen(claim.port, '127.0.0.1', () => resolve(null)));
  t.after(() => blocked.close());
  const found = await wrong({
    ...options,
    diskBytesMin: Number.MAX_SAFE_INTEGER,
    clickhouse: { ...options.clickhouse, mode: 'auto', binPath: '/nowhere/clickhouse' },
    nats: { ...options.nats, binPath: '/nowhere/nats-server' },
    reachable: [
      { id: 'rpc', ask: () => Promise.reject(new Error('ECONNREFUSED')), remedy: 'set IQ_RPC_URL' },
    ],
  });
  assert.equal(found.length, 5);
  assert.match(found[0] ?? '', /^disk: .* are needed \(make room/);
  assert.match(found[1] ?? '', /^clickhouse: .*\/nowhere\/clickhouse/);
  assert.match(found[2] ?? '', /^nats-server: .*\/nowhere\/nats-server/);
  assert.match(found[3] ?? '', new RegExp(`^port ${claim.port}: .*\\(set MILLRACE_API_PORT\\)`));
  assert.equal(found[4], 'rpc: ECONNREFUSED (set IQ_RPC_URL)');
  assert.equal((await wrong({ ...options, supervisorRuns: async () => true })).length, 0);
});

test('fixing mends what can be mended, says its steps, and looks again', async () => {
  let broken = true;
  const said: string[] = [];
  const mendable: DoctorCheck = {
    id: 'mendable',
    run: async () => {
      if (broken) throw new Error('broken');
      return 'whole';
    },
    remedy: 'r',
    fix: async (say) => {
      say('mending');
      broken = false;
    },
  };
  const hopeless: DoctorCheck = {
    ...mendable,
    id: 'hopeless',
    run: () => Promise.reject(new Error('broken')),
    fix: () => Promise.reject(new Error('no network')),
  };
  const stubborn: DoctorCheck = { ...hopeless, id: 'stubborn', fix: null };
  const results = await fixAndCheckAgain(
    [mendable, hopeless, stubborn],
    (line) => said.push(line),
    never,
  );
  assert.deepEqual(said, ['mending']);
  assert.deepEqual(
    results.map(({ id, ok, detail, fixed }) => [id, ok, detail, fixed]),
    [
      ['mendable', true, 'whole', true],
      ['hopeless', false, 'no network', false],
      ['stubborn', false, 'broken', false],
    ],
  );
});

test('a doctor that is interrupted ends', async (t) => {
  const checks = doctorChecks(await healthy(t));
  await assert.rejects(runDoctor(checks, AbortSignal.abort(new Error('enough'))), /enough/);
});
