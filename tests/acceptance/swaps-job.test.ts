import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { epochOfSlot } from '../../src/core/epoch.ts';
import { packArchive } from '../../src/pack/pack-archive.ts';
import { readPackInput } from '../../src/pack/read-pack-input.ts';
import { runCli } from '../support/cli-process.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { natsMissing, openNats } from '../support/nats-server.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { readSwaps } from '../support/swap-tables.ts';
import { swapsHome, swapsReport } from '../support/swaps-home.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: whole real blocks go through archive, workers, NATS and sink into ClickHouse with every swap that others found. */

const dex = fileURLToPath(new URL('../../../shared/fixtures/dex/', import.meta.url));
const skip = existsSync(dex)
  ? clickhouseMissing || natsMissing
  : 'the real blocks in ../shared/fixtures/dex are not here; they are no part of the project';
const { signal } = new AbortController();

interface ExpectedSwap {
  readonly tx_index: number;
  readonly outer: number;
  readonly inner: number | null;
  readonly dex: string;
  readonly pool: string;
  readonly verdict: string;
}

/** Position, program and pool of every swap; that amounts are right is proven by dex-swaps. */
function expectedPlaces(slot: number): string[] {
  const text = readFileSync(join(dex, `blocks/expected_${slot}.json`), 'utf8');
  const expected: ExpectedSwap[] = JSON.parse(text);
  return expected
    .filter(({ verdict }) => verdict !== 'none')
    .map(({ tx_index, outer, inner, dex: program, pool }) =>
      [tx_index, outer, inner ?? -1, program, pool].join(' '),
    )
    .sort();
}

test('swaps of whole blocks arrive in ClickHouse', { skip }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const nats = await openNats(t);
  const home = await swapsHome(t, { dsn: service.url, natsUrl: nats.service.url }, 'blocks');
  const client = await openDatabase(t, service.url, 'blocks');
  for (const slot of [254170887, 285000037]) {
    const outDir = tempFolder(t);
    const { value: block } = await readPackInput([join(dex, `blocks/${slot}.json`)], signal).next();
    assert(block);
    const options = { epoch: epochOfSlot(slot), outDir, blocks: [block], lookupIndexes: false };
    await packArchive(options, signal);
    const words = ['swaps', `${slot}:${slot}`, '--archive', outDir, '--json'];
    const result = await runCli(t, home, words);
    assert.equal(result.code, 0, result.notes);
    const { stored, decoded } = swapsReport(result);
    assert.equal(stored.swaps, decoded.swaps);
    const found = (await readSwaps(client)).filter((one) => one.slot === slot);
    const places = found.flatMap(({ txIndex, swaps }) =>
      swaps.map(({ outer, inner, program, pool }) =>
        [txIndex, outer, inner, program, pool].join(' '),
      ),
    );
    assert.deepEqual(places.sort(), expectedPlaces(slot));
  }
});
