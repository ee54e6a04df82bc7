import assert from 'node:assert/strict';
import test from 'node:test';
import type { ChainSwaps } from '../../src/model/swap.ts';
import { encodeSwapMessage } from '../../src/pipelines/swaps/swap-message.ts';
import { HEADER_BYTES_RESERVE } from '../../src/sinks/nats/payload-bound.ts';
import { blockSwaps } from '../support/block-swaps.ts';
import { changedDefinitions } from '../support/changed-definitions.ts';
import { runCli, SAMPLES, startCli } from '../support/cli-process.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { natsMissing, openNats } from '../support/nats-server.ts';
import { SAMPLE_STATS_SLOTS } from '../support/sample-stats.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { assertTables, deadLetters } from '../support/sink-oracle.ts';
import { packSwapSlots } from '../support/swap-archive.ts';
import { swapsHome, swapsReport } from '../support/swaps-home.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

/** Goal: `swaps` that is stopped, crashed or given what it cannot send ends in order, and the next run completes it. */

const never = new AbortController().signal;
const WORDS = ['swaps', SAMPLE_STATS_SLOTS, '--archive', SAMPLES];
const EXPECTED = blockSwaps();

test('swaps under trouble', { skip: clickhouseMissing || natsMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;

  await t.test('stopped while it waits for the sink, and while it publishes', async (t) => {
    const { connection, manager, service: nats } = await openNats(t);
    const home = await swapsHome(t, { dsn, natsUrl: nats.url }, 'stopped');
    const client = await openDatabase(t, dsn, 'stopped');
    // Nothing gets past the sink as long as this stands.
    const table = client.nameOf('swaps');
    await client.command(`ALTER TABLE ${table} ADD CONSTRAINT nothing CHECK slot = 0`, never);
    const waiting = startCli(t, home, WORDS);
    await until('all is published', () => waiting.notes().includes('waiting for the sink'));
    waiting.kill('SIGTERM');
    const stopped = await waiting.exited;
    assert.equal(stopped.code, 143, stopped.notes);
    assert.equal((await manager.streams.info('dex-swaps')).state.messages, EXPECTED.length);

    const subject = '$JS.API.STREAM.INFO.dex-swaps';
    let looks = 0;
    connection.subscribe(subject, { callback: () => void looks++ });
    const backlog = { MILLRACE_SWAPS_BACKLOG_MAX: '1', MILLRACE_SWAPS_BACKLOG_RESUME: '0' };
    const publishing = startCli(t, home, [...WORDS, '--fresh'], backlog);
    await until('it is planned', () => publishing.notes().includes('plan: '));
    const before = looks;
    await until('it looks again and again whether there is room', () => looks >= before + 4);
    publishing.kill('SIGTERM');
    const held = await publishing.exited;
    assert.equal(held.code, 143, held.notes);
    assert.doesNotMatch(held.notes, /waiting for the sink/);

    await client.command(`ALTER TABLE ${table} DROP CONSTRAINT nothing`, never);
    const last = await runCli(t, home, WORDS);
    assert.equal(last.code, 0, last.notes);
    await assertTables(client, EXPECTED);
    assert.deepEqual(await deadLetters(connection), []);
  });

  await t.test('a sink that dies with a batch in its hands is started again', async (t) => {
    const { connection, service: nats } = await openNats(t);
    const home = await swapsHome(t, { dsn, natsUrl: nats.url }, 'sink_died');
    const client = await openDatabase(t, dsn, 'sink_died');
    const own = { MILLRACE_JETSTREAM_DEFINITIONS: changedDefinitions(t) };
    const result = await runCli(t, home, WORDS, {
      ...own,
      // The third batch of the block; there is none when it starts again.
      ...{ MILLRACE_SINK_BATCH_ROWS: '20', MILLRACE_CRASH_POINT: 'sink-before-ack:3' },
    });
    assert.equal(result.code, 0, result.notes);
    assert.match(result.notes, /sink.*SIGKILL/);
    await assertTables(client, EXPECTED);
    assert.deepEqual(await deadLetters(connection), []);
    // What stands for our definitions is what the server is compared with.
    const verify = ['ops', 'jetstream', 'verify'];
    assert.equal((await runCli(t, home, verify, own)).code, 0);
    assert.equal((await runCli(t, home, verify)).code, 2);
    assert.match((await runCli(t, home, ['ops', 'jetstream', 'init'])).out, /ack_wait: 1000000000/);
  });

  await t.test('a message that is too large costs its slot, and ends with 2', async (t) => {
    const { service: nats } = await openNats(t);
    const isSmall = ({ swaps }: ChainSwaps): boolean => swaps.length === 1;
    const sizes = EXPECTED.filter(isSmall).map((one) => encodeSwapMessage(one).length);
    const max_msg_size = Math.max(...sizes) + HEADER_BYTES_RESERVE;
    const keep = (one: ChainSwaps, n: number): boolean => n === 1 || isSmall(one);
    const archive = await packSwapSlots(tempFolder(t), 3, { keep });
    const home = await swapsHome(t, { dsn, natsUrl: nats.url }, 'too_large');
    const client = await openDatabase(t, dsn, 'too_large');
    const { start, end } = archive.range;
    const words = ['swaps', `${start}:${end - 1}`, '--archive', archive.base, '--json'];
    const result = await runCli(t, home, words, {
      MILLRACE_JETSTREAM_DEFINITIONS: changedDefinitions(t, { stream: { max_msg_size } }),
    });
    assert.equal(result.code, 2, result.notes);
    assert.match(result.notes, /slot 254170888 goes to quarantine: encoding 501:254170888:/);
    const { state, audit, decoded, stored } = swapsReport(result);
    assert.equal(state, 'holes');
    assert.deepEqual(
      audit.quarantined.map(({ slot, error }) => [slot, error.code]),
      [[start + 1, 'RECORD_TOO_LARGE']],
    );
    assert.equal(decoded.swaps, stored.swaps);
    await assertTables(
      client,
      archive.expected.filter(({ slot }) => slot !== start + 1),
    );
  });
});
