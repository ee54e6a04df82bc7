import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { slotRange } from '../../../src/core/slot-range.ts';
import { AccountKeySet } from '../../../src/decode/account-key-set.ts';
import type { CountingConsumer } from '../../../src/pipelines/archive/read-shard.ts';
import { readShard } from '../../../src/pipelines/archive/read-shard.ts';
import { archiveAt } from '../../support/archive-folder.ts';
import { smallLimits } from '../../support/run-shard.ts';

/** Goal: requests of a consumer get on while a local file is read, although reading waits for nothing. */

const samples = fileURLToPath(new URL('../../../data/samples', import.meta.url));
const range = slotRange(254_170_887, 254_170_888);

/** How often the event loop turned between the first window and the Block. */
async function turnsWhileReading(hasRequests: boolean) {
  let turns = 0;
  let reading = false;
  const turn = (): void => {
    turns++;
    if (reading) setImmediate(turn);
  };
  const consumer: CountingConsumer = {
    ...{ transactions: 0, votes: 0, entries: 0, metadataDecoded: 0, instructionsIgnored: 0 },
    takeEvent: () => {
      if (!reading) {
        reading = true;
        setImmediate(turn);
      }
      return false;
    },
    takeBlock: () => {
      reading = false;
      return false;
    },
    resetSlot: () => undefined,
    flush: async () => undefined,
    hasRequests: () => hasRequests,
  };
  const wanted = {
    keys: new AccountKeySet([]),
    everyTransaction: true,
    lookupsAreCandidates: false,
  };
  const task = {
    ...{ shardId: 1, archive: archiveAt(samples), range, limits: smallLimits },
    ...({ verify: 'all', cancel: new SharedArrayBuffer(8) } as const),
  };
  const { signal } = new AbortController();
  const { outcome, counters } = await readShard(
    { task, wanted, consumer, onProgress: () => undefined },
    signal,
  );
  assert.equal(outcome, 'done');
  assert(!reading, 'the Block was read');
  return { turns, windows: Math.floor(counters.bytesRead / smallLimits.windowBytes) };
}

test('the event loop turns once a window while requests are under way, and not otherwise', async () => {
  const busy = await turnsWhileReading(true);
  assert(busy.windows > 3, `${busy.windows} windows`);
  assert(busy.turns >= busy.windows, `${busy.turns} turns in ${busy.windows} windows`);
  const idle = await turnsWhileReading(false);
  assert(idle.turns <= 1, `${idle.turns} turns`);
});
