import assert from 'node:assert/strict';
import test from 'node:test';
import { openClickhouseOutlet } from '../../../src/pipelines/swaps/clickhouse-outlet.ts';
import { openDatabase, statsClickhouse } from '../../support/clickhouse-database.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { solTrade } from '../../support/swap-samples.ts';
import { readSwaps } from '../../support/swap-tables.ts';

/** Goal: of a slot that ClickHouse could not take whole, nothing is sent. */

const never = new AbortController().signal;

test('a slot with a number that does not fit leaves nothing behind', {
  skip: clickhouseMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const client = await openDatabase(t, service.url, 'outlet');
  const outlet = await openClickhouseOutlet(statsClickhouse(service.url, 'outlet'), never);
  const before = solTrade(2, 60, 5n, 7n);
  const slot = [solTrade(4, 61, 5n, 7n), { ...solTrade(4, 61, 2n ** 64n, 7n), txIndex: 1 }];
  try {
    outlet.add([before]);
    assert.throws(() => outlet.add(slot), { code: 'RECORD_MALFORMED' });
    await outlet.drain();
  } finally {
    await outlet.close();
  }
  assert.deepEqual(await readSwaps(client), [before]);
});
