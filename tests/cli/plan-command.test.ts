import assert from 'node:assert/strict';
import test from 'node:test';
import { addPlanCommand } from '../../src/cli/plan-command.ts';
import { makeArchive } from '../support/archive-made.ts';
import { type CliRun, runCommand } from '../support/cli-run.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: a plan tells people and programs the same, and names what is wrong with its argument. */

const plan = (...words: string[]): Promise<CliRun> =>
  runCommand(addPlanCommand, ['plan', ...words]);
const FIRST = 3 * 432_000;

test('a plan counts present and skipped slots, bytes and shards of an epoch', async (t) => {
  const base = tempFolder(t);
  await makeArchive(base, { epoch: 3, slots: [FIRST + 1, FIRST + 30_000] });
  const { out, exitCode } = await plan('3', '--archive', base);
  assert.equal(exitCode, 0);
  assert.match(out.join('\n'), /slots present +2\nslots skipped +431,998\n/);
  assert.match(out.join('\n'), /epoch 3 by slot-ranges\nshards +22\n/);
  assert.match(out.join('\n'), /… and 10 more; --json lists all$/);
  const json = JSON.parse((await plan('3', '--archive', base, '--json')).out[0] ?? '') as {
    shards: { range: { start: number; end: number }; slotsPresent: number }[];
    range: object;
  };
  assert.deepEqual(json.range, { start: FIRST, end: FIRST + 432_000 });
  assert.equal(json.shards.length, 22);
  assert.deepEqual(
    json.shards.filter(({ slotsPresent }) => slotsPresent > 0).map(({ range }) => range.start),
    [FIRST, FIRST + 20_000],
  );
});

test('a plan of slots that cannot be understood or of an epoch that is not there is refused', async (t) => {
  await assert.rejects(plan('9:1'), { code: 'USAGE', message: /9 is after 1/ });
  await assert.rejects(plan('3', '--archive', tempFolder(t)), { code: 'ARCHIVE_NOT_FOUND' });
});
