import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { startJetstream } from '../../support/jetstream-server.ts';
import { recordsDatabases } from '../../support/records-database.ts';
import { recordsOptions, startRecords } from '../../support/records-process.ts';
import { commitEvent, didOf, sceneEvent, sceneEvents, tid } from '../../support/subcult-events.ts';
import { until } from '../../support/until.ts';

/** Goal: nothing that anybody sends stalls the stream, and all of it is counted and quarantined. */

interface BinaryCase {
  readonly cborHex: string;
}

const { cases } = JSON.parse(
  readFileSync(
    new URL('../../fixtures/atproto/seed/cbor_message_cases.json', import.meta.url),
    'utf8',
  ),
) as { cases: readonly BinaryCase[] };

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}

/** Records that a validator has to refuse. */
const BAD_RECORDS = [
  { name: '' },
  { name: 7 },
  { name: 'x'.repeat(10_000) },
  { name: 'private', homeAddress: 'x', exactAddress: 'somewhere 1' },
  { name: 'far', location: { lat: '91', lng: '0' } },
  { name: 'nul\u0000' },
];

for (const { name, skip, open } of recordsDatabases) {
  test(`${name}: bad frames and bad records are quarantined, and what is good is stored`, {
    skip,
  }, async (t) => {
    const server = await startJetstream(t, sceneEvent(1));
    const database = await open(t);
    const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
    const options = await recordsOptions(
      { endpoints, ...database },
      { source: { from: 1, messageBytesMax: 1_000_000 } },
    );
    const records = await startRecords(t, options);
    await until(records.log, async () => (await database.count('scenes')) === 1);
    for (const { cborHex } of cases) server.sendRaw(Buffer.from(cborHex, 'hex'));
    const text = JSON.stringify(sceneEvent(2));
    for (let length = 0; length < text.length; length += 7) server.sendRaw(text.slice(0, length));
    server.sendRaw(`{"did":"${'x'.repeat(10_000_000)}"}`);
    server.sendRaw(nested(100_000));
    server.sendRaw(text.replace('"made for a test"', nested(5_000)));
    for (const [index, record] of BAD_RECORDS.entries()) {
      const made = { collection: 'scene', rkey: tid(index + 5), at: index + 5 };
      server.append(commitEvent({ did: didOf(5), ...made, record }));
    }
    server.append(...sceneEvents(20, 100));
    await until(records.log, async () => (await database.count('scenes')) >= 21);
    assert.equal(await records.metric('indexer_messages_error_total'), BAD_RECORDS.length);
    const letters = await database.query('SELECT reason, detail, digest FROM indexer_dead_letters');
    assert.ok(letters.length > 50, `${letters.length}`);
    const reasons = new Set(letters.map(({ reason }) => reason));
    for (const reason of [
      'ErrMessageTooLarge',
      'ErrMalformedJSON',
      'ErrInvalidCBOR',
      'ErrMissingRequiredField',
      'ErrInvalidFieldType',
      'ErrInvalidFieldValue',
      'ErrProtectedData',
    ]) {
      assert.ok(reasons.has(reason), `${reason} in ${[...reasons].join()}`);
    }
    const kept = JSON.stringify(letters);
    assert.ok(!kept.includes('somewhere 1') && !records.log().includes('somewhere 1'));
    assert.ok(letters.every(({ digest }) => /^[0-9a-f]{64}$/.test(String(digest))));
    assert.equal(server.connections.length, 1, 'bad input is no reason to leave');
  });
}
