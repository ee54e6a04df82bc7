import assert from 'node:assert/strict';
import test from 'node:test';
import { startJetstream } from '../../support/jetstream-server.ts';
import { recordsDatabases } from '../../support/records-database.ts';
import { recordsOptions, startRecords } from '../../support/records-process.ts';
import { sceneEvents } from '../../support/subcult-events.ts';
import { until } from '../../support/until.ts';

/** Goal: of several instances one writes, and another takes over when it is gone, killed or frozen. */

for (const { name, skip, open } of recordsDatabases) {
  test(`${name}: the second stands by, takes over, and the first cannot write any more`, {
    skip,
  }, async (t) => {
    const server = await startJetstream(t, ...sceneEvents(100));
    const database = await open(t);
    const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
    const options = await recordsOptions(
      { endpoints, ...database },
      { source: { from: 1, leaseMs: 900 } },
    );
    const resume = { ...options.source, from: null };
    const first = await startRecords(t, options);
    await until(first.log, async () => (await database.count('scenes')) === 100);
    const { server: place, holder } = await recordsOptions({ endpoints, ...database });
    const second = await startRecords(t, { ...options, holder, server: place, source: resume });
    assert.equal((await second.readiness()).lease, 'standby');
    assert.equal(server.connections.length, 1, 'who stands by does not read the stream');

    first.kill('SIGSTOP');
    await until(second.log, async () => (await second.readiness()).lease === 'held');
    server.append(...sceneEvents(50, 101));
    await until(second.log, async () => (await database.count('scenes')) === 150);
    first.kill('SIGCONT');
    await until(first.log, async () => (await first.readiness()).lease === 'standby');
    assert.match(first.log(), /LEASE_LOST/);

    second.kill('SIGTERM');
    assert.equal(await second.exited, 0, second.log());
    await until(first.log, async () => (await first.readiness()).lease === 'held');
    server.append(...sceneEvents(50, 151));
    await until(first.log, async () => (await database.count('scenes')) === 200);
  });
}
