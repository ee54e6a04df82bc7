import assert from 'node:assert/strict';
import test from 'node:test';
import { startJetstream } from '../../support/jetstream-server.ts';
import { recordsDatabases } from '../../support/records-database.ts';
import { recordsOptions, startRecords } from '../../support/records-process.ts';
import { sceneEvents } from '../../support/subcult-events.ts';
import { until } from '../../support/until.ts';

/** Goal: two thousand events a second are stored, each once, and memory stays within its bounds. */

const PER_SECOND = 2_000;
const EVENTS = 5 * PER_SECOND;

for (const { name, skip, open } of recordsDatabases) {
  test(`${name}: ${PER_SECOND} events a second for five seconds are all stored`, {
    skip,
  }, async (t) => {
    const server = await startJetstream(t);
    const database = await open(t);
    const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
    const options = await recordsOptions(
      { endpoints, ...database },
      { source: { compress: true } },
    );
    const records = await startRecords(t, options);
    await until(records.log, () => server.connections.length === 1);
    let waitingMost = 0;
    const watch = setInterval(() => {
      const look = records.metric('indexer_pending_messages');
      look.then((waiting) => (waitingMost = Math.max(waitingMost, waiting))).catch(() => {});
    }, 50);
    t.after(() => clearInterval(watch));
    await server.pace(sceneEvents(EVENTS), PER_SECOND);
    await until(records.log, async () => (await database.count('scenes')) === EVENTS, 60_000);
    assert.ok(waitingMost <= options.source.queueMax, `${waitingMost}`);
    assert.equal(await records.metric('indexer_upserts_total'), EVENTS);
    assert.equal(await records.metric('indexer_undecodable_frames_total'), 0);
    records.kill('SIGTERM');
    assert.equal(await records.exited, 0, records.log());
  });
}
