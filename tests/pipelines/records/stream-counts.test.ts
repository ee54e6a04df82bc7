import assert from 'node:assert/strict';
import test from 'node:test';
import { startJetstream } from '../../support/jetstream-server.ts';
import { recordsDatabases } from '../../support/records-database.ts';
import { recordsOptions, startRecords } from '../../support/records-process.ts';
import { commitEvent, didOf, sceneEvent, tid } from '../../support/subcult-events.ts';
import { until } from '../../support/until.ts';

/** Goal: what is passed over, refused and not understood can be told apart from outside. */

const sqlite = recordsDatabases.find(({ name }) => name === 'SQLite');

test('the filter, the validator and the decoder each have a count that is exported', async (t) => {
  assert(sqlite);
  const server = await startJetstream(t);
  const database = await sqlite.open(t);
  const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
  const records = await startRecords(t, await recordsOptions({ endpoints, ...database }));
  const other = { did: didOf(3), rkey: tid(3), at: 3, record: { text: 'like' } };
  for (const collection of ['app.bsky.feed.post', 'app.bsky.feed.like']) {
    server.sendRaw(JSON.stringify(commitEvent({ ...other, collection })));
  }
  server.sendRaw('{"no":');
  server.append(commitEvent({ ...other, collection: 'scene', record: { name: 5 } }));
  server.append(sceneEvent(4));
  await until(records.log, async () => (await database.count('scenes')) === 1);
  const counts = await Promise.all(
    [
      'indexer_messages_processed_total',
      'indexer_filter_processed_total',
      'indexer_filter_discarded_total',
      'indexer_filter_matched_total',
      'indexer_messages_error_total',
      'indexer_undecodable_frames_total',
      'indexer_rejections_total{reason="ErrMalformedJSON"}',
      'indexer_rejections_total{reason="ErrInvalidFieldType"}',
      'indexer_upserts_total',
    ].map((name) => records.metric(name)),
  );
  assert.deepEqual(counts, [5, 4, 2, 2, 1, 1, 1, 1, 1]);
});
