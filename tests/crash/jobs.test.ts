import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { CrashPoint } from '../../src/ops/crash-point.ts';
import { type CliHome, cliHome, runCli, SAMPLES } from '../support/cli-process.ts';
import { jobOutcome } from '../support/job-outcome.ts';
import { assertUploads, SAMPLE_SLOTS, sampleUploads } from '../support/sample-expectations.ts';

/** Goal: a whole job, killed at any named point and run again, ends exactly as one that nobody disturbed. */

const WORDS = ['sessions', SAMPLE_SLOTS, '--archive', SAMPLES, '--json'];
/** Small shards, so that a crash hits between them. */
const SMALL_SHARDS = { MILLRACE_SHARD_SLOTS: '5' };

function crashAt(point: CrashPoint, pass: number) {
  return { MILLRACE_CRASH_POINT: `${point}:${pass}` };
}

let oracle: Promise<ReturnType<typeof jobOutcome>> | undefined;

/** The outcome of an undisturbed run, made once. */
function undisturbed(t: TestContext): Promise<ReturnType<typeof jobOutcome>> {
  oracle ??= runUndisturbed(t);
  return oracle;
}

async function runUndisturbed(t: TestContext) {
  const home = await cliHome(t, SMALL_SHARDS);
  const result = await runCli(t, home, WORDS);
  assert.equal(result.code, 0, result.notes);
  assertUploads(result.sessions(), sampleUploads(588));
  const outcome = jobOutcome(home);
  assert.deepEqual([outcome.delivered.length, outcome.ingested.length], [7, 7]);
  assert.deepEqual([outcome.outbox, outcome.quarantine], [[], []]);
  assert.equal(outcome.shards.slots, 64);
  return outcome;
}

/** Runs the job to its end in a home where it was disturbed, and compares everything it leaves. */
async function assertSameEnd(t: TestContext, home: CliHome): Promise<void> {
  const resumed = await runCli(t, home, WORDS);
  assert.equal(resumed.code, 0, resumed.notes);
  assertUploads(resumed.sessions(), sampleUploads(588));
  assert.deepEqual(jobOutcome(home), await undisturbed(t));
}

const CRASHES: readonly (readonly [CrashPoint, readonly number[]])[] = [
  ['worker-after-fetch', [1, 4]],
  ['worker-after-results', [1, 4]],
  ['records-before-commit', [1, 6]],
  ['shard-before-commit', [1, 7]],
  ['shard-after-commit', [1, 12]],
  ['outbox-before-commit', [1, 5]],
  ['delivery-before-post', [1, 5]],
  ['delivery-after-post', [1, 5]],
  ['delivery-after-commit', [1, 7]],
  ['ingest-before-rename', [1, 6]],
  ['ingest-after-rename', [1, 5]],
];

test('a job killed at any point ends as an undisturbed one', { concurrency: 2 }, async (t) => {
  await undisturbed(t);
  const cases = CRASHES.flatMap(([point, passes]) =>
    passes.map((pass) =>
      t.test(`${point}, pass ${pass}`, async (one) => {
        const home = await cliHome(one, SMALL_SHARDS);
        const killed = await runCli(one, home, WORDS, crashAt(point, pass));
        assert.equal(killed.code, 'SIGKILL', killed.notes);
        await assertSameEnd(one, home);
      }),
    ),
  );
  await Promise.all(cases);
});

test('a job killed again and again ends as an undisturbed one', async (t) => {
  const home = await cliHome(t, SMALL_SHARDS);
  for (const [point] of CRASHES) {
    // Some points are behind the job by now; such a run completes, and the next ones have nothing left to do.
    const { code, notes } = await runCli(t, home, WORDS, crashAt(point, 2));
    assert(code === 'SIGKILL' || code === 0, notes);
  }
  await assertSameEnd(t, home);
});

test('shards whose worker thread dies are read again by another', async (t) => {
  const home = await cliHome(t, SMALL_SHARDS);
  // Every thread dies at its third shard, so each dies again and again until the job is done.
  const result = await runCli(t, home, WORDS, crashAt('worker-thread-exit', 3));
  assert.equal(result.code, 0, result.notes);
  assert.match(result.notes, /worker thread ended.*trying again/);
  assertUploads(result.sessions(), sampleUploads(588));
  await assertSameEnd(t, home);
});

test('a shard that kills every thread fails its job, which a later run completes', async (t) => {
  const home = await cliHome(t, SMALL_SHARDS);
  const env = { ...crashAt('worker-thread-exit', 1), MILLRACE_SHARD_TRIES: '2' };
  const failed = await runCli(t, home, WORDS, env);
  assert.equal(failed.code, 1);
  assert.match(failed.notes, /error: worker thread ended/);
  await assertSameEnd(t, home);
});
