import assert from 'node:assert/strict';
import test from 'node:test';
import { cliHome, runCli, startCli } from '../support/cli-process.ts';
import { assertUploads, sampleUploads } from '../support/sample-expectations.ts';
import { until } from '../support/until.ts';

/** Goal: what `npm start` runs shows a new user the whole job once, and says so when there is nothing left to do. */

test('the first run shows children, shards, files and what is next; the second delivers nothing again', async (t) => {
  const home = await cliHome(t);
  const first = await runCli(t, home, ['quickstart']);
  assert.equal(first.code, 0, first.notes);
  for (const child of ['api', 'delivery', 'jobs'])
    assert.match(first.notes, new RegExp(`ready: .*${child}`));
  assert.match(first.notes, /plan: 50 slots present/);
  assert.match(first.notes, /stopped in order/);
  assert.match(first.out, /every slot is accounted for/);
  assert.match(first.out, /messages read +│ 36/);
  assert.match(first.out, /scenes: 2\n/);
  assert.match(first.out, /What to try next/);
  for (const { sha256 } of sampleUploads(588)) assert(first.out.includes(sha256), sha256);
  const second = await runCli(t, home, ['quickstart']);
  assert.equal(second.code, 0, second.notes);
  assert.match(second.out, /already complete; nothing was read or delivered again/);
  assert.doesNotMatch(second.notes, /^delivered /m);
  const listed = await runCli(t, home, ['sessions', '588', '--archive', 'data/samples', '--json']);
  assertUploads(listed.sessions(), sampleUploads(588));
});

test('status --watch draws again until it is interrupted', async (t) => {
  const home = await cliHome(t);
  startCli(t, home, ['up']);
  const ready = () =>
    fetch(`${home.api}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until('the supervisor is ready', ready);
  const watch = startCli(t, home, ['status', '--watch']);
  const drawings = () => watch.out().split('\u001b[2J').length - 1;
  await until('it was drawn twice', () => drawings() >= 2);
  watch.kill('SIGINT');
  const { code, out } = await watch.exited;
  assert.equal(code, 130);
  assert.match(out, /delivery.*running/);
});
