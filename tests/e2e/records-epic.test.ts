import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import type { StreamProtocol } from '../../src/model/stream-frame.ts';
import { type JetstreamServer, startJetstream } from '../support/jetstream-server.ts';
import {
  type RecordsDatabase,
  type RecordsDatabaseKind,
  recordsDatabases,
} from '../support/records-database.ts';
import { type RecordsProcess, recordsOptions, startRecords } from '../support/records-process.ts';
import {
  atUri,
  commitEvent,
  didOf,
  sceneEvent,
  sceneEvents,
  tid,
} from '../support/subcult-events.ts';
import { until } from '../support/until.ts';

/**
 * Goal: each of the eight parts of the seed's indexer does on a live stream, over either database, what was reported of
 * it. The numbers are those of its sub-issues.
 */

const CORPUS = new URL('../fixtures/atproto/corpus/', import.meta.url);
const SAMPLE_LEXICONS = new URL('../../data/samples/records/lexicons', import.meta.url).pathname;
const ALICE = didOf(1);
const BOB = didOf(2);

interface Epic {
  readonly server: JetstreamServer;
  readonly database: RecordsDatabase;
  readonly records: RecordsProcess;
}

async function start(t: TestContext, kind: RecordsDatabaseKind): Promise<Epic> {
  const server = await startJetstream(t);
  const database = await kind.open(t);
  const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
  // SQLite holds the process up while it writes, so that few messages ever wait: it has to pause early here.
  const source = { pauseAt: 50, resumeAt: 5 };
  const records = await startRecords(
    t,
    await recordsOptions({ endpoints, ...database }, { source }),
  );
  await until(records.log, () => server.connections.length === 1);
  return { server, database, records };
}

function stored({ database, records }: Epic, table: string, count: number): Promise<void> {
  return until(records.log, async () => (await database.count(table)) === count);
}

for (const kind of recordsDatabases) {
  test(`${kind.name}: the eight parts of the seed`, { skip: kind.skip }, async (t) => {
    const epic = await start(t, kind);
    const { server, database, records } = epic;

    await t.test(
      '#338: the CBOR envelope of the seed is read, and JSON is not taken for CBOR',
      async () => {
        const { cases } = JSON.parse(
          readFileSync(new URL('../seed/cbor_message_cases.json', CORPUS), 'utf8'),
        ) as { cases: readonly { name: string; cborHex: string }[] };
        const envelope = cases.find(({ name }) => name === 'scene create');
        server.sendRaw(Buffer.from(envelope?.cborHex ?? '', 'hex'));
        await stored(epic, 'scenes', 1);
        const [row] = await database.query('SELECT name FROM scenes');
        assert.equal(row?.['name'], 'Underground Techno');
        server.append(sceneEvent(1));
        await stored(epic, 'scenes', 2);
        assert.equal(await records.metric('indexer_undecodable_frames_total'), 0);
      },
    );

    await t.test(
      '#343 and #436: every collection is mapped, and a post needs one reference only',
      async () => {
        const scene = tid(1);
        const made = [
          {
            collection: 'event',
            rkey: tid(11),
            record: { name: 'Night', sceneId: scene, startsAt: '2026-08-01T20:00:00Z' },
          },
          { collection: 'post', rkey: tid(12), record: { text: 'of a scene', sceneId: scene } },
          { collection: 'post', rkey: tid(13), record: { text: 'of an event', eventId: tid(11) } },
          { collection: 'membership', rkey: tid(14), record: { sceneId: scene } },
        ];
        for (const [index, one] of made.entries()) {
          server.append(commitEvent({ did: ALICE, at: 11 + index, ...one }));
        }
        server.append(sceneEvent(2));
        const alliance = {
          fromSceneId: tid(2),
          toSceneId: atUri(ALICE, 'scene', scene),
          weight: 0.85,
        };
        server.append(
          commitEvent({
            did: BOB,
            collection: 'alliance',
            rkey: tid(15),
            at: 15,
            record: alliance,
          }),
        );
        await stored(epic, 'alliances', 1);
        await stored(epic, 'posts', 2);
        const [event] = await database.query('SELECT title, status FROM events');
        assert.deepEqual({ ...event }, { title: 'Night', status: 'scheduled' });
        const [trust] = await database.query('SELECT weight, status FROM alliances');
        assert.equal(Number(trust?.['weight']), 0.85);
        assert.equal(trust?.['status'], 'active');
        assert.equal(await database.count('memberships'), 1);
        assert.equal(await records.metric('indexer_messages_error_total'), 0);
      },
    );

    await t.test(
      '#341: a replay changes nothing, an older revision neither, a deletion stays',
      async () => {
        const before = await database.query('SELECT id, name FROM scenes ORDER BY id');
        const renamed = { name: 'Renamed' };
        const change = { did: ALICE, collection: 'scene', rkey: tid(1) };
        server.append(commitEvent({ ...change, at: 30, record: renamed, operation: 'update' }));
        server.append(sceneEvent(1));
        server.append(
          commitEvent({ did: BOB, collection: 'alliance', rkey: tid(15), at: 31, record: null }),
        );
        server.append(
          commitEvent({
            ...{ did: BOB, collection: 'alliance', rkey: tid(15), at: 16 },
            record: { fromSceneId: tid(2), toSceneId: atUri(ALICE, 'scene', tid(1)) },
          }),
        );
        await stored(epic, 'alliances', 0);
        await until(records.log, async () => (await records.metric('indexer_skipped_total')) === 2);
        const after = await database.query('SELECT id, name FROM scenes ORDER BY id');
        assert.deepEqual(
          after.map(({ id }) => id),
          before.map(({ id }) => id),
        );
        assert.ok(after.some(({ name }) => name === 'Renamed'));
        assert.equal(await database.count('alliances'), 0);
        assert.equal((await database.query('SELECT id FROM alliances')).length, 1);
      },
    );

    await t.test('#344: a connection that is cut is resumed, and nothing is missed', async () => {
      const connections = server.connections.length;
      server.cut();
      server.append(...sceneEvents(100, 1000));
      await stored(epic, 'scenes', 103);
      assert.equal(server.connections.length, connections + 1);
      assert.ok(Number(server.connections.at(-1)?.query.get('cursor')) > 1e15);
      assert.equal(await records.metric('indexer_reconnection_attempts_total'), 1);
      assert.equal(await records.metric('indexer_reconnection_success_total'), 1);
    });

    await t.test('#339: a flood is held by pauses, within the bound of the queue', async () => {
      server.append(...sceneEvents(20_000, 2000));
      await until(records.log, async () => (await database.count('scenes')) === 20_103, 60_000);
      assert.ok((await records.metric('indexer_backpressure_paused_total')) > 0);
      const paused = await records.metric('indexer_backpressure_paused_total');
      assert.equal(await records.metric('indexer_backpressure_resumed_total'), paused);
      assert.equal(
        await records.metric('indexer_backpressure_pause_duration_seconds_count'),
        paused,
      );
    });

    await t.test('#342: what happened can be read from the metrics', async () => {
      const upserts = await records.metric('indexer_upserts_total');
      assert.ok((await records.metric('indexer_ingest_latency_seconds_count')) >= upserts);
      assert.ok((await records.metric('indexer_processing_lag_seconds')) > 0);
      assert.equal(await records.metric('indexer_database_writes_failed_total'), 0);
      assert.ok((await records.metric('indexer_trust_recompute_total')) >= 3);
      assert.equal(await records.metric('indexer_pending_messages'), 0);
    });
  });

  for (const protocol of ['v1', 'v2', 'firehose'] as const) {
    test(
      `${kind.name}: #340: recorded events of the real network come through ${protocol}`,
      {
        skip: kind.skip,
      },
      (t) => recordedEvents(t, kind, protocol),
    );
  }
}

/** The cut of the corpus holds likes, follows and deletions that production servers sent. */
async function recordedEvents(
  t: TestContext,
  kind: RecordsDatabaseKind,
  protocol: StreamProtocol,
): Promise<void> {
  const server = await startJetstream(t);
  const lines = readFileSync(new URL('expected_v1.jsonl', CORPUS), 'utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line));
  server.append(...events);
  const bytes = zstdDecompressSync(readFileSync(new URL('frames.bin.zst', CORPUS)));
  for (let at = 0, seq = 1; at < bytes.length; seq++) {
    const end = at + 4 + bytes.readUInt32LE(at);
    server.appendFrames({ seq, bytes: bytes.subarray(at + 4, end) });
    at = end;
  }
  const database = await kind.open(t);
  const endpoints = [{ url: server.url(protocol), protocol }];
  const lexiconFolders = [SAMPLE_LEXICONS];
  const source = { from: 1, compress: protocol !== 'firehose' };
  const options = await recordsOptions({ endpoints, ...database }, { lexiconFolders, source });
  const records = await startRecords(t, options);
  const created = (collection: string): number =>
    events.filter(
      ({ commit }) => commit?.collection === collection && commit.operation === 'create',
    ).length;
  const likes = created('app.bsky.feed.like');
  assert.ok(likes > 0);
  await until(records.log, async () => (await database.count('likes')) === likes);
  await until(
    records.log,
    async () => (await database.count('follows')) === created('app.bsky.graph.follow'),
  );
  assert.equal(await records.metric('indexer_undecodable_frames_total'), 0);
}
