import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import type { StatsJobSpec } from '../../../src/model/job.ts';
import { requireSlot } from '../../../supervisor/house.ts';
import { archiveAt } from '../../support/archive-folder.ts';
import { copyArchive } from '../../support/archive-ways.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { STATS_SPEC } from '../../support/job-samples.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { readAllStats } from '../../support/stats-tables.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { startTestTree } from '../../support/tree-in-process.ts';
import { makeUploadArchive, slotPlaces } from '../../support/upload-archive.ts';

/** Goal: a job of statistics that cannot end well says how, keeps what is done, and ends well when it can. */

const never = new AbortController().signal;

function treeWith(t: TestContext, dsn: string, database: string) {
  return startTestTree(tempFolder(t), {
    ...{ JETSTREAMER_CLICKHOUSE_MODE: 'remote', JETSTREAMER_CLICKHOUSE_DSN: dsn },
    ...{ MILLRACE_CLICKHOUSE_DATABASE: database, MILLRACE_SHARD_SLOTS: '3' },
  });
}

function specOf(base: string, range: StatsJobSpec['range']): StatsJobSpec {
  return { ...STATS_SPEC, archive: archiveAt(base), range };
}

function failsWith(code: string) {
  return (error: unknown) => error instanceof OperatingError && error.code === code;
}

test('jobs of statistics that meet trouble', { skip: clickhouseMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;

  await t.test('a slot that cannot be read is a hole until it can be', async (t) => {
    const whole = await makeUploadArchive(join(tempFolder(t), 'whole'));
    const archive = copyArchive(whole, join(tempFolder(t), 'copy'));
    const good = readFileSync(archive.carPath);
    const broken = slotPlaces(whole)[1];
    assert(broken !== undefined);
    const bad = Buffer.from(good);
    bad[broken.offset + broken.length - 3] = ~(bad[broken.offset + broken.length - 3] ?? 0) & 0xff;
    writeFileSync(archive.carPath, bad);
    await using tree = await treeWith(t, dsn, 'holes');
    const spec = specOf(archive.base, archive.range);
    const report = await tree.run(spec);
    assert.equal(report.state, 'holes');
    assert.deepEqual(
      report.audit.quarantined.map(({ slot }) => slot),
      [archive.slots[1]],
    );
    assert.deepEqual(report.audit.missing, []);
    writeFileSync(archive.carPath, good);
    const mended = await tree.run(spec);
    assert.deepEqual([mended.state, mended.audit.done], ['complete', archive.slots.length]);
    const rows = await readAllStats(await openDatabase(t, dsn, 'holes'));
    assert.equal(rows['slot_instructions']?.length, archive.slots.length);
  });

  await t.test('a cancelled job goes on with the shards that are left', async (t) => {
    const { base, range, slots } = await makeUploadArchive(tempFolder(t));
    await using tree = await treeWith(t, dsn, 'cancelled');
    const jobs = requireSlot(tree.millrace.house.slots.jobs, 'jobs');
    const { opened, ended } = jobs.start(specOf(base, range), false);
    jobs.watch(opened.jobId, { event: () => jobs.cancel(opened.jobId), end: () => {} });
    await assert.rejects(ended);
    assert.equal(tree.millrace.house.store.jobs.find(opened.jobId)?.state, 'cancelled');
    const report = await tree.run(specOf(base, range));
    assert.deepEqual([report.state, report.audit.done], ['complete', slots.length]);
  });

  await t.test(
    'a table that refuses its rows fails the job, which a later run completes',
    async (t) => {
      const { base, range, slots } = await makeUploadArchive(tempFolder(t));
      await using tree = await treeWith(t, dsn, 'refused');
      const client = await openDatabase(t, dsn, 'refused');
      await client.command('RENAME TABLE refused.slot_instructions TO refused.away', never);
      await assert.rejects(tree.run(specOf(base, range)), failsWith('SINK_REFUSED'));
      const [job] = tree.millrace.house.store.jobs.list(1);
      assert.deepEqual([job?.state, job?.error?.code], ['failed', 'SINK_REFUSED']);
      await client.command('RENAME TABLE refused.away TO refused.slot_instructions', never);
      const report = await tree.run(specOf(base, range));
      assert.deepEqual([report.state, report.audit.done], ['complete', slots.length]);
      assert.equal(report.server, new URL(dsn).origin);
    },
  );
});

test('without ClickHouse a job of statistics fails before it reads anything', async (t) => {
  await using tree = await startTestTree(tempFolder(t));
  await assert.rejects(tree.run(specOf('nowhere', { start: 1, end: 2 })), failsWith('CONFIG'));
});
