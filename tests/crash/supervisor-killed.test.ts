import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import Sqlite from 'better-sqlite3';
import { GENERATED, generateArchive } from '../../bench/generate-archive.ts';
import { firstSlotOfEpoch } from '../../src/core/epoch.ts';
import { type CliHome, cliHome, runCli, startCli } from '../support/cli-process.ts';
import { jobOutcome } from '../support/job-outcome.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

/** Goal: killed from outside, at moments nobody chose, a job over a larger archive still ends as an undisturbed one. */

const ARCHIVE_BYTES = 48 * 2 ** 20;
const PROGRAM = '9KLLchQVJpGkw4jPuUmnvqESdR7mtNCYr3qS4iQLabs';
const FIRST = firstSlotOfEpoch(GENERATED.epoch);
/** Begins behind the first chunks of its upload, and ends behind the slots that the archive holds. */
const SLOTS = `${FIRST + 3}:${FIRST + 40}`;
/** Shards done when the supervisor is killed. */
const KILLS = [1, 3, 6, 10, 14];

function shardsDone(home: CliHome): number {
  const path = join(home.dataDir, 'millrace.db');
  if (!existsSync(path)) return 0;
  const store = new Sqlite(path, { readonly: true });
  try {
    return Number(store.prepare('SELECT count(*) FROM shard WHERE done = 1').pluck().get());
  } catch {
    // The first milliseconds of a store, before it has tables.
    return 0;
  } finally {
    store.close();
  }
}

function outcome(home: CliHome) {
  return { ...jobOutcome(home), hints: readFileSync(home.missingLog, 'utf8') };
}

test('a supervisor killed from outside again and again loses and repeats nothing', async (t) => {
  const outDir = tempFolder(t);
  const { signal } = new AbortController();
  const options = { outDir, bytes: ARCHIVE_BYTES, program: PROGRAM, lookupIndexes: false };
  await generateArchive(options, signal);
  const words = ['sessions', SLOTS, '--archive', outDir, '--json'];
  const small = { MILLRACE_SHARD_BYTES: '1MiB', MILLRACE_SHARD_SLOTS: '2' };
  const alone = await cliHome(t, small);
  const undisturbed = await runCli(t, alone, words);
  const expected = outcome(alone);
  assert.equal(expected.shards.pending, 0);
  assert(expected.shards.transactions > 35_000);
  assert.equal(undisturbed.code, 2, 'an upload lacks its beginning');
  assert.match(expected.hints, /"missing_preview":\[/);

  const home = await cliHome(t, small);
  for (const kill of KILLS) {
    const job = startCli(t, home, words);
    await until(`${kill} shards are done`, () => shardsDone(home) >= kill);
    job.kill('SIGKILL');
    assert.equal((await job.exited).code, 'SIGKILL');
  }
  const resumed = await runCli(t, home, words);
  assert.equal(resumed.code, undisturbed.code, resumed.notes);
  assert.match(resumed.notes, /\((?!0 )\d+ done before\)/);
  assert.deepEqual(outcome(home), expected);
});
