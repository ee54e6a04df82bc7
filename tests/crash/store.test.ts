import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { CrashPoint } from '../../src/ops/crash-point.ts';
import { jobIdOf } from '../../src/store/job-identity.ts';
import { openStore } from '../../src/store/store.ts';
import { startTestApi } from '../support/api-server.ts';
import { SESSION } from '../support/iq-samples.ts';
import { JOB_SPEC } from '../support/job-samples.ts';
import { tempFolder } from '../support/temp-store.ts';

/** Goal: killed anywhere and started again, the outcome is that of a run nobody disturbed. */

const SCRIPT = new URL('../support/crash-process.ts', import.meta.url).pathname;
type Point = CrashPoint | 'none';

interface Kill {
  readonly pass?: number;
  /** Where deliveries go. */
  readonly address?: string;
}

async function run(task: string, folder: string, point: Point, kill: Kill = {}) {
  const { pass = 1, address = '' } = kill;
  const args = ['--import', 'tsx', SCRIPT, task, folder, point, String(pass), address];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

/** Kills a run at the point, then runs it to its end. */
async function crashAndResume(task: string, folder: string, point: Point, address = '') {
  assert.equal(
    await run(task, folder, point, { pass: 2, address }),
    'SIGKILL',
    `${point} was never passed`,
  );
  assert.equal(await run(task, folder, 'none', { address }), 0);
}

function shardsOutcome(folder: string) {
  const store = openStore({ folder, bytesMax: 2 ** 30 });
  const id = jobIdOf(JOB_SPEC);
  const outcome = {
    state: store.jobs.find(id)?.state,
    done: store.shards.doneRanges(id),
    totals: store.shards.totals(id),
    undecided: store.sessionRecords.undecided(10),
    records: store.sessionRecords.heads(SESSION).map(({ id: record, ...head }) => ({
      ...head,
      text: store.sessionRecords.payload(record)?.toString(),
    })),
  };
  store.close();
  return outcome;
}

test('a job killed while it commits ends as an undisturbed one', async (t) => {
  const oracle = tempFolder(t);
  assert.equal(await run('shards', oracle, 'none'), 0);
  const expected = shardsOutcome(oracle);
  assert.deepEqual(expected.done, [{ start: 100, end: 200 }]);
  assert.equal(expected.records.length, 20);
  const points = ['records-before-commit', 'shard-before-commit', 'shard-after-commit'] as const;
  const crashOne = async (point: Point) => {
    const folder = tempFolder(t);
    await crashAndResume('shards', folder, point);
    assert.deepEqual(shardsOutcome(folder), expected, point);
  };
  await Promise.all(points.map(crashOne));
});

async function backend(t: TestContext) {
  const api = await startTestApi(t);
  return { api, address: `${api.base}/api/v2/inscribe/ingest` };
}

test('a delivery killed at any point reaches the backend, and every file is there once', async (t) => {
  const undisturbed = await backend(t);
  assert.equal(await run('delivery', tempFolder(t), 'none', { address: undisturbed.address }), 0);
  const filesOf = (dir: string) =>
    readdirSync(dir)
      .filter((name) => !name.endsWith('.json'))
      .sort();
  const expected = filesOf(undisturbed.api.context.ingestDir);
  assert.equal(expected.length, 5);
  const points = [
    'outbox-before-commit',
    'delivery-before-post',
    'delivery-after-post',
    'delivery-after-commit',
  ] as const;
  const crashOne = async (point: Point) => {
    const { api, address } = await backend(t);
    const folder = tempFolder(t);
    await crashAndResume('delivery', folder, point, address);
    assert.deepEqual(filesOf(api.context.ingestDir), expected, point);
    const store = openStore({ folder, bytesMax: 2 ** 30 });
    assert.deepEqual(store.outbox.counts(null), { waiting: 0, dead: 0 }, point);
    store.close();
  };
  await Promise.all(points.map(crashOne));
});

test('a backend killed while it writes never leaves part of a file under its name', async (t) => {
  for (const point of ['ingest-before-rename', 'ingest-after-rename'] as const) {
    const folder = tempFolder(t);
    const cache = join(folder, 'ingest_cache');
    const named = () => readdirSync(cache).filter((name) => !name.startsWith('.'));
    assert.equal(await run('ingest', folder, point), 'SIGKILL');
    assert.equal(named().length, point === 'ingest-before-rename' ? 0 : 2);
    assert.equal(await run('ingest', folder, 'none'), 0);
    const [file = '', metadata] = named().sort();
    assert.equal(readFileSync(join(cache, file), 'utf8'), 'the file');
    assert.equal(metadata, `${file}.json`);
    assert.deepEqual(readdirSync(cache).sort(), [file, metadata], 'drafts are swept away');
  }
});
