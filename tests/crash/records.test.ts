import assert from 'node:assert/strict';
import test from 'node:test';
import { startJetstream } from '../support/jetstream-server.ts';
import { recordsDatabases } from '../support/records-database.ts';
import { recordsOptions, spawnRecords, startRecords } from '../support/records-process.ts';
import { sceneEvent, sceneEvents } from '../support/subcult-events.ts';
import { until } from '../support/until.ts';

/** Goal: whenever the indexer is killed, nothing is lost and nothing is there twice. */

const SCENES = 1500;

for (const { name, skip, open } of recordsDatabases) {
  for (const point of ['batch-before-commit', 'batch-after-commit'] as const) {
    test(`${name}: killed at ${point}, the next one ends with the same rows`, {
      skip,
    }, async (t) => {
      const server = await startJetstream(t, ...sceneEvents(SCENES));
      const database = await open(t);
      const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
      const options = await recordsOptions(
        { endpoints, ...database },
        { batchMax: 100, source: { from: sceneEvent(1).time_us } },
      );
      const first = spawnRecords(t, { ...options, crashPoint: { name: point, pass: 4 } });
      assert.equal(await first.exited, 'SIGKILL', first.log());
      const stored = await database.count('scenes');
      assert.ok(stored > 0 && stored < SCENES, `${stored}`);
      await assertCursorIsWhole(database, stored);

      const resume = { ...options, source: { ...options.source, from: null } };
      const next = await startRecords(t, resume);
      await until(next.log, async () => (await database.count('scenes')) === SCENES);
      const keys = await database.query('SELECT count(*) AS n FROM ingestion_idempotency');
      assert.equal(Number(keys[0]?.['n']), SCENES);
      next.kill('SIGTERM');
      assert.equal(await next.exited, 0, next.log());
    });
  }

  test(`${name}: killed at any moment, again and again, all is there once`, { skip }, async (t) => {
    const server = await startJetstream(t);
    const database = await open(t);
    const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
    const options = await recordsOptions(
      { endpoints, ...database },
      { batchMax: 20, source: { from: sceneEvent(1).time_us, leaseMs: 500 } },
    );
    const sending = server.pace(sceneEvents(SCENES), 400);
    for (const wanted of [100, 400, 800]) {
      const records = spawnRecords(t, options);
      const enough = async (): Promise<boolean> =>
        (await database.count('scenes').catch(() => 0)) >= wanted;
      await until(records.log, enough);
      records.kill('SIGKILL');
      assert.equal(await records.exited, 'SIGKILL');
    }
    await sending;
    const last = await startRecords(t, { ...options, source: { ...options.source, from: null } });
    await until(last.log, async () => (await database.count('scenes')) === SCENES);
    last.kill('SIGTERM');
    assert.equal(await last.exited, 0, last.log());
  });
}

/** Data and cursor are one: the cursor says the time of the newest scene that is stored. */
async function assertCursorIsWhole(
  { query }: { query(sql: string): Promise<readonly Record<string, unknown>[]> },
  stored: number,
): Promise<void> {
  const [row] = await query("SELECT time_us FROM indexer_state WHERE stream = 'jetstream'");
  assert.equal(Number(row?.['time_us']), sceneEvent(stored).time_us);
}
