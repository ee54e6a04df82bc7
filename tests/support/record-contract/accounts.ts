import assert from 'node:assert/strict';
import test from 'node:test';
import type { AccountChange, IdentityChange } from '../../../src/model/record-change.ts';
import { event, keyOf, remove, revOf, scene, sceneTable } from '../record-samples.ts';
import { type ContractCase, emptyOutcome, openContract, shownOf } from './contract-database.ts';

const did = 'did:plc:account';
const other = 'did:plc:other';

function account(active: boolean, second: number): AccountChange {
  const time = `2026-01-01T00:00:${String(second).padStart(2, '0')}.5Z`;
  return { type: 'account', did, active, status: active ? null : 'deactivated', time };
}

export function accountsContract(contract: ContractCase): void {
  test(`${contract.name}: rows of an inactive account are hidden, and shown again when it is active`, async (t) => {
    const opened = await openContract(t, contract);
    const gone = keyOf(sceneTable, did, 'gone');
    await opened.writer.apply([
      scene(did, 'home', 1),
      event(did, 'party', 1),
      scene(did, 'gone', 1),
    ]);
    await opened.writer.apply([scene(other, 'else', 1), remove(gone, 2)]);
    const hidden = await opened.writer.apply([account(false, 1)]);
    assert.deepEqual(hidden, { ...emptyOutcome, accounts: 1 });
    assert.deepEqual(await shownOf(opened, 'scenes'), [['else', revOf(1)]]);
    assert.deepEqual(await shownOf(opened, 'events'), []);
    const shown = await opened.writer.apply([account(true, 2)]);
    assert.deepEqual(shown, { ...emptyOutcome, accounts: 1 });
    const both = [['else', revOf(1)] as const, ['home', revOf(1)] as const];
    assert.deepEqual(await shownOf(opened, 'scenes'), both);
    assert.deepEqual(await shownOf(opened, 'events'), [['party', revOf(1)]]);
  });

  test(`${contract.name}: records that come while their account is inactive are stored and not shown`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'early', 1), account(false, 1)]);
    const outcome = await opened.writer.apply([scene(did, 'home', 1), scene(did, 'early', 2)]);
    assert.deepEqual(outcome, { ...emptyOutcome, inserted: 1, updated: 1 });
    assert.deepEqual(await shownOf(opened, 'scenes'), []);
    await opened.writer.apply([remove(keyOf(sceneTable, did, 'home'), 3), account(true, 2)]);
    assert.deepEqual(await shownOf(opened, 'scenes'), [['early', revOf(2)]]);
  });

  test(`${contract.name}: what is said of an account counts by its time, not by when it came`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1), account(false, 5), account(true, 4)]);
    assert.deepEqual(await shownOf(opened, 'scenes'), []);
    assert.deepEqual(await opened.writer.apply([account(true, 3)]), emptyOutcome);
    assert.deepEqual(await shownOf(opened, 'scenes'), []);
    // The same moment as 5.5 s, said in another time zone.
    const zoned = { ...account(true, 0), time: '2026-01-01T01:00:05.500+01:00' };
    assert.deepEqual(await opened.writer.apply([zoned]), emptyOutcome);
    const later = { ...account(true, 0), time: '2026-01-01T01:00:05.600+01:00' };
    assert.deepEqual(await opened.writer.apply([later]), { ...emptyOutcome, accounts: 1 });
    assert.deepEqual(await shownOf(opened, 'scenes'), [['home', revOf(1)]]);
  });

  test(`${contract.name}: an account that comes back with two rows of one name stalls nothing`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([account(false, 1)]);
    await opened.writer.apply(['a', 'b'].map((rkey) => scene(did, rkey, 1, { name: 'same' })));
    const position = { timeUs: 5, seq: null, host: 'h' };
    await opened.writer.apply([account(true, 2)], { position });
    assert.deepEqual(await opened.store.readPosition('stream'), position);
    assert((await shownOf(opened, 'scenes')).length <= 1);
    const outcome = await opened.writer.apply([scene(did, 'b', 2, { name: 'another' })]);
    assert.deepEqual(outcome, { ...emptyOutcome, updated: 1 });
    assert((await shownOf(opened, 'scenes', 'name')).some(([, name]) => name === 'another'));
  });

  test(`${contract.name}: accounts of which nothing is stored leave nothing behind for long`, async (t) => {
    const opened = await openContract(t, contract);
    const accounts = (): Promise<readonly unknown[]> =>
      opened.query('SELECT did FROM indexer_accounts');
    const identities = (): Promise<readonly unknown[]> =>
      opened.query('SELECT did FROM indexer_identities');
    const identity: IdentityChange = {
      ...{ type: 'identity', did: other, handle: 'a.test', time: '2026-01-01T00:00:00Z' },
    };
    await opened.writer.apply([account(true, 1), identity, scene('did:plc:third', 'home', 1)]);
    assert.deepEqual([await accounts(), await identities()], [[], []]);
    await opened.writer.apply([account(false, 2), { ...identity, did: 'did:plc:third' }]);
    assert.equal((await accounts()).length, 1);
    assert.equal((await identities()).length, 1);
    await opened.store.prune({ keyAgeMs: 1e9, pendingAgeMs: 1000, deadLettersMax: 10 });
    assert.deepEqual(await accounts(), []);
  });

  test(`${contract.name}: identities and times that no calendar has are taken without a fault`, async (t) => {
    const opened = await openContract(t, contract);
    const identity: IdentityChange = {
      ...{ type: 'identity', did, handle: 'a.test', time: '2026-01-01T00:00:00Z' },
    };
    const leap = '2016-12-31T23:59:60Z';
    const position = { timeUs: 5, seq: null, host: 'h' };
    const changes = [identity, { ...identity, did: other, handle: null, time: leap }];
    await opened.writer.apply([...changes, { ...account(false, 1), time: leap }], { position });
    await opened.writer.apply(changes);
    assert.deepEqual(await opened.store.readPosition('stream'), position);
  });
}
