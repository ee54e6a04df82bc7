import assert from 'node:assert/strict';
import test from 'node:test';
import { PENDING_OF_ACCOUNT_MAX } from '../../../src/sinks/records/write-plan.ts';
import {
  alliance,
  event,
  eventTable,
  keyOf,
  post,
  postTable,
  remove,
  revOf,
  scene,
  sceneTable,
} from '../record-samples.ts';
import {
  type ContractCase,
  ContractWriter,
  emptyOutcome,
  openContract,
  shownOf,
} from './contract-database.ts';

const did = 'did:plc:references';
const at = (n: number, names: readonly string[]) => names.map((name) => [name, revOf(n)]);

export function referencesContract(contract: ContractCase): void {
  test(`${contract.name}: an event before its scene is stored when the scene comes, in one batch or many`, async (t) => {
    const opened = await openContract(t, contract);
    const together = [event(did, 'first', 1), scene(did, 'home', 1)];
    assert.deepEqual(await opened.writer.apply(together), { ...emptyOutcome, inserted: 2 });
    const early = await opened.writer.apply([event(did, 'second', 1, { of: 'late' })]);
    assert.deepEqual(early, { ...emptyOutcome, pending: 1 });
    assert.deepEqual(await shownOf(opened, 'events'), at(1, ['first']));
    const late = await opened.writer.apply([scene(did, 'late', 1)]);
    assert.deepEqual(late, { ...emptyOutcome, inserted: 1, resolved: 1 });
    assert.deepEqual(await shownOf(opened, 'events'), at(1, ['first', 'second']));
  });

  test(`${contract.name}: what waits survives the end of the process`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([event(did, 'party', 1)]);
    await opened.store.releaseLease(opened.writer.lease);
    await opened.store.close();
    const writer = await ContractWriter.of(await opened.second(), 'after');
    const outcome = await writer.apply([scene(did, 'home', 1)]);
    assert.deepEqual(outcome, { ...emptyOutcome, inserted: 1, resolved: 1 });
    assert.deepEqual(await shownOf(opened, 'events'), at(1, ['party']));
  });

  test(`${contract.name}: a chain of records that wait for each other is stored with its last link`, async (t) => {
    const opened = await openContract(t, contract);
    const reply = (rkey: string, to: string) => {
      return post(did, rkey, 1, [
        { column: 'event_id', key: keyOf(eventTable, did, 'party') },
        { column: 'reply_id', key: keyOf(postTable, did, to) },
      ]);
    };
    const root = post(did, 'a', 1, [{ column: 'event_id', key: keyOf(eventTable, did, 'party') }]);
    await opened.writer.apply([reply('d', 'c'), reply('c', 'b')]);
    const outcome = await opened.writer.apply([reply('b', 'a'), root, event(did, 'party', 1)]);
    assert.deepEqual(outcome, { ...emptyOutcome, pending: 3 });
    const last = await opened.writer.apply([scene(did, 'home', 1)]);
    assert.deepEqual(last, { ...emptyOutcome, inserted: 1, resolved: 5 });
    assert.deepEqual(await shownOf(opened, 'posts'), at(1, ['a', 'b', 'c', 'd']));
  });

  test(`${contract.name}: however many wait for one record, and for each other, all are stored but the refused`, async (t) => {
    const opened = await openContract(t, contract);
    const names = Array.from({ length: 700 }, (_, n) => `p${String(n).padStart(3, '0')}`);
    // Each answers the next one, so that whatever group a record is in, it needs one of another group.
    const posts = names.map((rkey, n) => {
      const to = names[n + 1];
      const reply =
        to === undefined ? [] : [{ column: 'reply_id', key: keyOf(postTable, did, to) }];
      return post(did, rkey, 1, [
        { column: 'scene_id', key: keyOf(sceneTable, did, 'home') },
        ...reply,
      ]);
    });
    const twins = ['one', 'two', 'three'].map((rkey) => alliance(did, rkey, 1, ['home', 'away']));
    const pending = posts.length + twins.length;
    const early = await opened.writer.apply([...posts, ...twins]);
    assert.deepEqual(early, { ...emptyOutcome, pending });
    const outcome = await opened.writer.apply([scene(did, 'home', 1), scene(did, 'away', 1)]);
    assert.deepEqual([outcome.inserted, outcome.deadLetters], [2, 2]);
    assert.equal(await opened.store.countPending(), 0);
    assert.deepEqual(await shownOf(opened, 'posts'), at(1, names));
    assert.equal((await shownOf(opened, 'alliances')).length, 1);
  });

  test(`${contract.name}: an alliance waits for both of its scenes, and its references are their rows`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([alliance(did, 'pact', 1, ['one', 'two'])]);
    const half = await opened.writer.apply([scene(did, 'one', 1)]);
    assert.deepEqual(half, { ...emptyOutcome, inserted: 1 });
    const whole = await opened.writer.apply([scene(did, 'two', 1)]);
    assert.deepEqual(whole, { ...emptyOutcome, inserted: 1, resolved: 1 });
    const ids = new Map(await shownOf(opened, 'scenes', 'id'));
    assert.deepEqual(await shownOf(opened, 'alliances', 'from_scene_id'), [
      ['pact', ids.get('one')],
    ]);
    assert.deepEqual(await shownOf(opened, 'alliances', 'to_scene_id'), [['pact', ids.get('two')]]);
    assert.deepEqual(await shownOf(opened, 'alliances', 'weight'), [['pact', '0.85']]);
  });

  test(`${contract.name}: only the newest revision of what waits is stored, and none after a deletion`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([event(did, 'kept', 3), event(did, 'gone', 3)]);
    await opened.writer.apply([event(did, 'kept', 5), event(did, 'kept', 4)]);
    await opened.writer.apply([remove(keyOf(eventTable, did, 'gone'), 6)]);
    const outcome = await opened.writer.apply([scene(did, 'home', 1)]);
    assert.deepEqual(outcome, { ...emptyOutcome, inserted: 1, resolved: 1 });
    assert.deepEqual(await shownOf(opened, 'events'), at(5, ['kept']));
  });

  test(`${contract.name}: a row stays as it is while its new revision waits`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1), event(did, 'party', 2)]);
    const moved = await opened.writer.apply([event(did, 'party', 3, { of: 'elsewhere' })]);
    assert.deepEqual(moved, { ...emptyOutcome, pending: 1 });
    assert.deepEqual(await shownOf(opened, 'events'), at(2, ['party']));
    await opened.writer.apply([scene(did, 'elsewhere', 1)]);
    assert.deepEqual(await shownOf(opened, 'events'), at(3, ['party']));
  });

  test(`${contract.name}: an event of a deleted scene waits until the scene is made anew`, async (t) => {
    const opened = await openContract(t, contract);
    const home = keyOf(sceneTable, did, 'home');
    await opened.writer.apply([scene(did, 'home', 1)]);
    await opened.writer.apply([event(did, 'party', 1), remove(home, 2)]);
    assert.deepEqual(await shownOf(opened, 'events'), []);
    await opened.writer.apply([scene(did, 'home', 3)]);
    assert.deepEqual(await shownOf(opened, 'events'), at(1, ['party']));
  });

  test(`${contract.name}: no more records wait than the bound says; others become dead letters that can be tried again`, async (t) => {
    const opened = await openContract(t, contract, 2);
    const names = ['a', 'b', 'c', 'd'];
    const outcome = await opened.writer.apply(names.map((name) => event(did, name, 1)));
    assert.deepEqual(outcome, { ...emptyOutcome, pending: 2, deadLetters: 2 });
    const letters = await opened.store.deadLetters({ after: 0, limit: 10 });
    assert.deepEqual(
      letters.map(({ kind, reason }) => [kind, reason]),
      [1, 2].map(() => ['refused', 'pending-limit']),
    );
    const [letter] = letters;
    assert(letter !== undefined);
    assert.equal(await opened.store.retryDeadLetter(letter.id), false);
    const late = await opened.writer.apply([scene(did, 'home', 1)]);
    assert.deepEqual(late, { ...emptyOutcome, inserted: 1, resolved: 2 });
    for (const { id } of letters) assert.equal(await opened.store.retryDeadLetter(id), true);
    assert.deepEqual(await shownOf(opened, 'events'), at(1, names));
    assert.deepEqual(await opened.store.deadLetters({ after: 0, limit: 10 }), []);
  });

  test(`${contract.name}: one account cannot take the places of all others`, async (t) => {
    const opened = await openContract(t, contract, 2 * PENDING_OF_ACCOUNT_MAX);
    const many = Array.from({ length: PENDING_OF_ACCOUNT_MAX }, (_, n) => event(did, `n${n}`, 1));
    await opened.writer.apply(many.slice(1));
    const last = [many[0] ?? event(did, 'n0', 1), event(did, 'more', 1)];
    const outcome = await opened.writer.apply([...last, event('did:plc:other', 'mine', 1)]);
    assert.deepEqual(outcome, { ...emptyOutcome, pending: 2, deadLetters: 1 });
    assert.equal(await opened.store.countPending(), PENDING_OF_ACCOUNT_MAX + 1);
    const [letter] = await opened.store.deadLetters({ after: 0, limit: 10 });
    assert.deepEqual([letter?.reason, letter?.rkey], ['pending-limit', 'more']);
  });

  test(`${contract.name}: what no longer waits makes room, and what waits for more keeps its place`, async (t) => {
    const opened = await openContract(t, contract, 1);
    const pending = { ...emptyOutcome, pending: 1 };
    const waits = async (rkey: string) => {
      return await opened.writer.apply([event(did, rkey, 1, { of: 'never' })]);
    };
    assert.deepEqual(await waits('deleted'), pending);
    await opened.writer.apply([remove(keyOf(eventTable, did, 'deleted'), 2)]);
    const bad = event(did, 'bad', 1, { of: 'late', title: 'x'.repeat(41) });
    assert.deepEqual(await opened.writer.apply([bad]), pending);
    const refused = await opened.writer.apply([scene(did, 'late', 1)]);
    assert.deepEqual(refused, { ...emptyOutcome, inserted: 1, deadLetters: 1 });
    assert.deepEqual(
      await opened.writer.apply([alliance(did, 'pact', 1, ['one', 'two'])]),
      pending,
    );
    const half = await opened.writer.apply([scene(did, 'one', 1)]);
    assert.deepEqual(half, { ...emptyOutcome, inserted: 1 });
    assert.deepEqual(await waits('full'), { ...emptyOutcome, deadLetters: 1 });
    await opened.writer.apply([scene(did, 'two', 1)]);
    assert.deepEqual(await shownOf(opened, 'alliances'), at(1, ['pact']));
    assert.deepEqual(await waits('room'), pending);
  });

  test(`${contract.name}: what waits and what stands is counted, hidden rows left out`, async (t) => {
    const opened = await openContract(t, contract);
    const none = { scenes: 0, events: 0, posts: 0, alliances: 0 };
    assert.deepEqual(await opened.store.countRows(), none);
    assert.equal(await opened.store.countPending(), 0);
    const scenes = ['a', 'b', 'c'].map((rkey) => scene(did, rkey, 1));
    const events = ['a', 'never', 'nowhere'].map((of) => event(did, `at-${of}`, 1, { of }));
    await opened.writer.apply([...scenes, ...events, remove(keyOf(sceneTable, did, 'b'), 2)]);
    assert.deepEqual(await opened.store.countRows(), { ...none, scenes: 2, events: 1 });
    assert.equal(await opened.store.countPending(), 2);
  });
}
