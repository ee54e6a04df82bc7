import assert from 'node:assert/strict';
import test from 'node:test';
import type { CrashPoint } from '../../src/ops/crash-point.ts';
import { blockSwaps } from '../support/block-swaps.ts';
import { changedDefinitions } from '../support/changed-definitions.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { natsMissing, openNats } from '../support/nats-server.ts';
import { publishSwaps } from '../support/publish-swaps.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { assertTables, deadLetters } from '../support/sink-oracle.ts';
import { builtCandles, drained, sinkOptions, startSink } from '../support/sink-process.ts';

/** Goal: a sink killed between any two steps loses no swap, counts none twice, and makes no dead letter. */

const EXPECTED = blockSwaps();

/** Batches hold 20 rows, so the block goes through in three; the last passes come behind some that were acknowledged. */
const CRASHES: readonly (readonly [CrashPoint, number])[] = [
  ['sink-before-insert', 2],
  ['sink-before-ack', 1],
  ['sink-before-ack', 2],
  ['sink-after-ack', 1],
];

test('a sink killed at any point', { skip: clickhouseMissing || natsMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  for (const [i, [name, pass]] of CRASHES.entries()) {
    await t.test(`${name}, pass ${pass}`, async (t) => {
      const { connection, manager, service: nats } = await openNats(t);
      const database = `crash_${i}`;
      const client = await openDatabase(t, service.url, database);
      const options = await sinkOptions({
        ...{ natsUrl: nats.url, dsn: service.url, database },
        definitionsFolder: changedDefinitions(t),
      });
      const killed = await startSink(t, { ...options, crashPoint: { name, pass } });
      await publishSwaps(connection, EXPECTED);
      assert.equal(await killed.exited, 'SIGKILL', killed.log());
      assert.notEqual((await manager.streams.info('dex-swaps')).state.messages, 0);
      const sink = await startSink(t, options);
      await drained(sink);
      await builtCandles(sink);
      await assertTables(client, EXPECTED);
      assert.deepEqual(await deadLetters(connection), []);
    });
  }
});
