import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import type { StreamLease } from '../../../src/model/record-batch.ts';
import { alliance, revOf, scene } from '../record-samples.ts';
import { until } from '../until.ts';
import {
  type ContractCase,
  ContractWriter,
  countOf,
  LEASE_MS,
  openContract,
  shownOf,
} from './contract-database.ts';

const did = 'did:plc:cursors';

function lostLease(error: unknown): boolean {
  return error instanceof OperatingError && error.code === 'LEASE_LOST';
}

export function cursorsContract(contract: ContractCase): void {
  test(`${contract.name}: a write that fails leaves data and cursor as they were, and can be done again`, async (t) => {
    const opened = await openContract(t, contract);
    const [one, two] = [1, 2].map((n) => ({ timeUs: n, seq: n, host: 'h' }));
    await opened.writer.apply([scene(did, 'a', 1)], { position: one ?? null });
    const changes = [scene(did, 'b', 2), alliance(did, 'pact', 2, ['a', 'b'])];
    await opened.query('ALTER TABLE alliances RENAME TO taken_away');
    await assert.rejects(
      opened.writer.apply(changes, { position: two ?? null }),
      (error) => error instanceof OperatingError,
    );
    assert.deepEqual(await opened.store.readPosition('stream'), one);
    assert.deepEqual(await shownOf(opened, 'scenes'), [['a', revOf(1)]]);
    await opened.query('ALTER TABLE taken_away RENAME TO alliances');
    await opened.writer.apply(changes, { position: two ?? null });
    assert.deepEqual(await opened.store.readPosition('stream'), two);
    assert.equal(await countOf(opened, 'alliances'), 1);
  });

  test(`${contract.name}: a cursor never goes back`, async (t) => {
    const opened = await openContract(t, contract);
    assert.equal(await opened.store.readPosition('stream'), null);
    const host = 'a.test:443';
    const save = async (timeUs: number, seq: number | null, host: string) => {
      await opened.writer.apply([], { position: { timeUs, seq, host } });
      return await opened.store.readPosition('stream');
    };
    const timeUs = 1_700_000_000_000_123;
    assert.deepEqual(await save(timeUs, 50, host), { timeUs, seq: 50, host });
    assert.deepEqual(await save(timeUs - 1, 49, host), { timeUs, seq: 50, host });
    assert.deepEqual(await save(timeUs + 1, 51, host), { timeUs: timeUs + 1, seq: 51, host });
    // Another host counts for itself.
    const next = await save(timeUs, 7, 'b.test:443');
    assert.deepEqual(next, { timeUs: timeUs + 1, seq: 7, host: 'b.test:443' });
    await opened.writer.apply([], { position: null });
    assert.deepEqual(await opened.store.readPosition('stream'), next);
    assert.equal(await opened.store.readPosition('another'), null);
  });

  test(`${contract.name}: one store writes a stream; another waits until the first lets go`, async (t) => {
    const opened = await openContract(t, contract);
    const second = await opened.second();
    assert.equal(await second.acquireLease('stream', 'other', LEASE_MS), null);
    assert.notEqual(await second.acquireLease('another stream', 'other', LEASE_MS), null);
    await opened.store.renewLease(opened.writer.lease);
    await opened.store.releaseLease(opened.writer.lease);
    const lease = await second.acquireLease('stream', 'other', LEASE_MS);
    assert(lease !== null);
    assert(lease.token > opened.writer.lease.token);
    await assert.rejects(opened.writer.apply([scene(did, 'a', 1)]), lostLease);
    // What is not held any more cannot take the lease away from others.
    await opened.store.releaseLease(opened.writer.lease);
    await second.renewLease(lease);
  });

  test(`${contract.name}: a holder whose time is over writes nothing once another has taken the stream`, async (t) => {
    const { store, second, query } = await contract.open(t, [], 10);
    const other = await second();
    const old = await store.acquireLease('stream', 'old', 1);
    assert(old !== null);
    let taken: StreamLease | null = null;
    await until('the lease is over', async () => {
      taken = await other.acquireLease('stream', 'new', LEASE_MS);
      return taken !== null;
    });
    const position = { timeUs: 5, seq: null, host: 'h' };
    const batch = { lease: old, changes: [], rejections: [], position };
    await assert.rejects(store.apply(batch), lostLease);
    await assert.rejects(store.renewLease(old), lostLease);
    assert.equal(await store.readPosition('stream'), null);
    assert.deepEqual(await query('SELECT 1 FROM ingestion_idempotency'), []);
  });

  test(`${contract.name}: nothing of a batch is stored after a takeover, and the new holder stores it`, async (t) => {
    const opened = await openContract(t, contract);
    // The same holder, restarted: its earlier self may still run.
    const restarted = await ContractWriter.of(await opened.second());
    const changes = [scene(did, 'a', 1)];
    const position = { timeUs: 5, seq: null, host: 'h' };
    await assert.rejects(opened.writer.apply(changes, { position }), lostLease);
    assert.equal(await countOf(opened, 'scenes'), 0);
    assert.equal(await opened.store.readPosition('stream'), null);
    await restarted.apply(changes, { position });
    assert.deepEqual(await shownOf(opened, 'scenes'), [['a', revOf(1)]]);
  });

  test(`${contract.name}: stores that write at the same time lose nothing`, async (t) => {
    const opened = await openContract(t, contract);
    const other = await opened.second();
    const lease = await other.acquireLease('another stream', 'other', LEASE_MS);
    assert(lease !== null);
    const batches = Array.from({ length: 10 }, (_, n) => [
      opened.writer.apply([scene(did, `a${n}`, 1)]),
      other.apply({
        ...{ lease, rejections: [], position: null },
        changes: [scene(`${did}2`, `b${n}`, 1)],
      }),
    ]);
    await Promise.all(batches.flat());
    assert.equal((await shownOf(opened, 'scenes')).length, 20);
  });

  test(`${contract.name}: making the tables again changes nothing, and the store answers`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'a', 1)]);
    const { signal } = new AbortController();
    await opened.store.migrate(signal);
    await (await opened.second()).migrate(signal);
    await opened.store.ping(signal);
    assert.deepEqual(await shownOf(opened, 'scenes'), [['a', revOf(1)]]);
  });
}
