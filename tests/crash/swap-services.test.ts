import assert from 'node:assert/strict';
import test from 'node:test';
import type { JobEvent, SwapsJobSpec } from '../../src/model/job.ts';
import { archiveAt } from '../support/archive-folder.ts';
import { changedDefinitions } from '../support/changed-definitions.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { freePort } from '../support/free-port.ts';
import { childOf, killService } from '../support/kill-service.ts';
import { natsMissing, natsServerPath } from '../support/nats-server.ts';
import { clickhouseMissing } from '../support/services.ts';
import { assertTables } from '../support/sink-oracle.ts';
import { packSwapSlots } from '../support/swap-archive.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startTestTree } from '../support/tree-in-process.ts';
import { until } from '../support/until.ts';

/** Goal: whichever service of the tree is killed while swaps flow, it comes back, and the job ends as an undisturbed one. */

const SERVICES = ['sink', 'nats', 'clickhouse'] as const;

test('services killed one after another while swaps flow', {
  skip: clickhouseMissing || natsMissing,
}, async (t) => {
  const archive = await packSwapSlots(tempFolder(t), 24);
  const port = String(await freePort());
  await using tree = await startTestTree(tempFolder(t), {
    ...{ JETSTREAMER_CLICKHOUSE_MODE: 'embedded', MILLRACE_CLICKHOUSE_PORT: port },
    ...{ MILLRACE_NATS_MODE: 'auto', MILLRACE_NATS_BIN: natsServerPath },
    MILLRACE_NATS_PORT: String(await freePort()),
    MILLRACE_NATS_MONITOR_PORT: String(await freePort()),
    MILLRACE_SINK_PORT: String(await freePort()),
    MILLRACE_JETSTREAM_DEFINITIONS: changedDefinitions(t),
    ...{ MILLRACE_SHARD_SLOTS: '2', MILLRACE_SINK_BATCH_ROWS: '50' },
    MILLRACE_PUBLISH_WINDOW: '8',
  });
  const spec: SwapsJobSpec = {
    ...{ kind: 'swaps', sink: 'nats', generic: false, verify: 'all', follow: null },
    ...{ range: archive.range, archive: archiveAt(archive.base) },
  };
  const killed = new Map<string, number>();
  const onEvent = (event: JobEvent): void => {
    if (event.type !== 'progress' || event.shardsDone === event.shards) return;
    const next = SERVICES.find((id) => !killed.has(id));
    if (next === undefined || event.shardsDone <= 2 * killed.size) return;
    killed.set(next, killService(tree.millrace, next));
  };
  const report = await tree.run(spec, { onEvent });
  assert.deepEqual([...killed.keys()], SERVICES, 'the job was over before all were killed');
  assert.equal(report.state, 'complete');
  assert.equal(report.stored.swaps, report.decoded.swaps);
  const client = await openDatabase(t, `http://127.0.0.1:${port}`, 'millrace');
  await assertTables(client, archive.expected);
  for (const [id, pid] of killed) {
    await until(`${id} runs again`, () => childOf(tree.millrace, id).state === 'running');
    const child = childOf(tree.millrace, id);
    assert(child.restarts >= 1);
    assert.notEqual(child.pid, pid);
  }
});
