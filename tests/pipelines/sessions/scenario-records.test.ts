import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import test from 'node:test';
import type { IqRecord } from '../../../src/model/iq-record.ts';
import { extractIqRecords } from '../../../src/protocols/iq/extract-records.ts';
import { compileIqFilter } from '../../../src/protocols/iq/registry.ts';
import { transactionsOf } from '../../support/iq-scenario.ts';
import { packIqScenario } from '../../support/pack-iq-scenarios.ts';
import { runShard } from '../../support/run-shard.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Goal: an upload gives the same records whether it is read from an archive or from RPC answers. */

const names = readdirSync(new URL('../../fixtures/iq/synthetic/', import.meta.url))
  .map((name) => name.replace('.json', ''))
  .filter((name) => name !== 'decode_vectors');

/** 1L has no program id of its own, so it needs a mode; every other scenario is read by program. */
const modes = ['auto', 'legacy', 'passthrough'] as const;

/** RPC tells neither the position in the block nor, always, the time. */
function comparable(records: readonly IqRecord[]): object[] {
  return records
    .map(({ position, blockTime: _, ...rest }) => {
      const { transactionIndex: _index, ...place } = position;
      const payload = 'payload' in rest ? Buffer.from(rest.payload).toString('hex') : null;
      return { ...rest, payload, position: place };
    })
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

let compared = 0;
for (const name of names) {
  test(`${name}: the packed archive holds the records that RPC answers hold`, async (t) => {
    const base = tempFolder(t);
    const { scenario, range } = await packIqScenario(name, base, new AbortController().signal);
    for (const mode of modes) {
      const filter = { mode, programs: [], sessions: [] };
      const run = await runShard({ base, range, filter });
      assert(run.result.type === 'shard', JSON.stringify(run.result));
      assert.deepEqual(run.result.quarantined, []);
      const compiled = compileIqFilter(filter);
      const expected = transactionsOf(scenario).flatMap(
        (transaction) => extractIqRecords(transaction, compiled).records,
      );
      assert.deepEqual(comparable(run.records), comparable(expected));
      compared += expected.length;
    }
  });
}

test('there were records to compare', () => assert(compared > 200, `${compared}`));
