import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsOfRestart } from '../../../supervisor/children/records-child.ts';
import { recordsOptions } from '../../support/records-process.ts';

/** Goal: an indexer that is started again misses nothing of what came while it was away. */

const place = { endpoints: [], databaseUrl: null, sqlitePath: 'unused.sqlite' };

test('a restart does not begin at the tip again', async () => {
  const options = await recordsOptions(place, { source: { from: 'live' } });
  assert.equal(optionsOfRestart(options).source.from, null);
});

test('a restart begins at the given cursor again, which may not have been read through', async () => {
  const options = await recordsOptions(place, { source: { from: 5 } });
  assert.equal(optionsOfRestart(options).source.from, 5);
});
