import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import type { Rejection, UpsertChange } from '../../../src/model/record-change.ts';
import {
  alliance,
  event,
  keyOf,
  placeAt,
  remove,
  revOf,
  scene,
  sceneTable,
} from '../record-samples.ts';
import { until } from '../until.ts';
import {
  type ContractCase,
  type ContractDatabase,
  countOf,
  emptyOutcome,
  openContract,
  shownOf,
} from './contract-database.ts';

const did = 'did:plc:refusals';
/** Source: AT Protocol, DID syntax. */
const DID_CHARACTERS_MAX = 2048;

function rejection(n: number): Rejection {
  return {
    ...{ reason: 'ErrMissingField', detail: 'name: a text was expected, nothing came' },
    key: keyOf(sceneTable, did, `bad${n}`),
    ...{ rev: revOf(n), timeUs: 1_700_000_000_000_000 + n },
    digest: String(n).padStart(64, '0'),
  };
}

/** Each is refused by another constraint. */
function refusedRecords(): readonly (readonly [string, UpsertChange])[] {
  const good = scene(did, 'long', 1);
  const withValues = (rkey: string, values: Readonly<Record<string, string | null>>) => {
    const change = scene(did, rkey, 1);
    return {
      ...change,
      record: { ...change.record, values: { ...change.record.values, ...values } },
    };
  };
  const ends = { endsAt: '2025-01-01T00:00:00.000Z' };
  const hidden = { ...placeAt(1, 2), allowPrecise: false };
  return [
    ['length', scene(did, 'long', 1, { name: 'x'.repeat(41) })],
    ['bound', scene(did, 'size', 1, { size: 101 })],
    ['values', withValues('visible', { visibility: 'secret' })],
    ['null', withValues('null', { name: null })],
    ['NUL', withValues('nul', { name: 'a\0b' })],
    ['before', event(did, 'ends', 1, ends)],
    ['different', alliance(did, 'self', 1, ['home', 'home'])],
    [
      'consent',
      {
        ...good,
        key: keyOf(sceneTable, did, 'consent'),
        record: { ...good.record, place: hidden },
      },
    ],
    ['unique', scene(did, 'double', 1, { name: 'HOME' })],
  ];
}

async function letterOf({ store }: ContractDatabase) {
  const [letter] = await store.deadLetters({ after: 0, limit: 1 });
  assert(letter !== undefined, 'a dead letter is there');
  return letter;
}

export function refusalsContract(contract: ContractCase): void {
  test(`${contract.name}: a precise point without consent is refused by the database itself`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1, { place: placeAt(52.5, 13.4) })]);
    await assert.rejects(
      async () => await opened.query('UPDATE scenes SET allow_precise = FALSE'),
      /precise_consent/,
    );
    await opened.query('UPDATE scenes SET allow_precise = FALSE, precise_point = NULL');
  });

  test(`${contract.name}: records that a constraint refuses become dead letters and stall no other`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1, { name: 'home' })]);
    const refused = refusedRecords();
    const good = refused.map((_, n) => scene(did, `good${n}`, 1));
    const mixed = refused.flatMap(([, change], n) => [...good.slice(n, n + 1), change]);
    const position = { timeUs: 9, seq: 4, host: 'h' };
    const outcome = await opened.writer.apply(mixed, { position });
    const counts = { inserted: good.length, deadLetters: refused.length };
    assert.deepEqual(outcome, { ...emptyOutcome, ...counts });
    assert.equal((await shownOf(opened, 'scenes')).length, good.length + 1);
    assert.deepEqual(await opened.store.readPosition('stream'), position);
    const letters = await opened.store.deadLetters({ after: 0, limit: 100, reason: 'constraint' });
    const expected = refused.map(([, { key }]) => key.rkey).sort();
    assert.deepEqual(letters.map(({ rkey }) => rkey).sort(), expected);
    for (const letter of letters)
      assert.deepEqual(letter, await opened.store.deadLetter(letter.id));
    const changes = new Map(letters.map(({ rkey, change }) => [rkey, change]));
    for (const [name, change] of refused) {
      if (name !== 'NUL') assert.deepEqual(changes.get(change.key.rkey), change);
    }
  });

  test(`${contract.name}: names as long as they may be are stored and deleted`, async (t) => {
    const opened = await openContract(t, contract);
    const text = (length: number): string => {
      const parts = Array.from({ length: Math.ceil(length / 43) }, (_, n) =>
        createHash('sha256').update(String(n)).digest('base64url'),
      );
      return parts.join('').slice(0, length);
    };
    const long = `did:web:${text(DID_CHARACTERS_MAX - 8)}`;
    const rkey = text(512);
    await opened.writer.apply([scene(long, rkey, 1, { name: 'long' })]);
    assert.equal(await countOf(opened, 'scenes WHERE deleted_at IS NULL'), 1);
    await opened.writer.apply([remove(keyOf(sceneTable, long, rkey), 2)]);
    assert.equal(await countOf(opened, 'scenes WHERE deleted_at IS NULL'), 0);
  });

  test(`${contract.name}: a refused record is stored from the dead letters when the obstacle is gone`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1, { name: 'home' })]);
    await opened.writer.apply([
      scene(did, 'other', 1, { name: 'Home' }),
      event(did, 'e', 1, { of: 'other' }),
    ]);
    const { id } = await letterOf(opened);
    assert.equal(await opened.store.retryDeadLetter(id), false);
    assert.equal((await letterOf(opened)).id, id);
    await opened.writer.apply([remove(keyOf(sceneTable, did, 'home'), 2)]);
    assert.equal(await opened.store.retryDeadLetter(id), true);
    assert.equal(await opened.store.deadLetter(id), null);
    assert.equal(await opened.store.retryDeadLetter(id), false);
    assert.deepEqual(await shownOf(opened, 'scenes', 'name'), [['other', 'Home']]);
    // The event waited for it.
    assert.deepEqual(await shownOf(opened, 'events'), [['e', revOf(1)]]);
  });

  test(`${contract.name}: a refused revision overwrites nothing newer when it is tried again`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1, { name: 'x'.repeat(41) })]);
    const { id } = await letterOf(opened);
    await opened.writer.apply([scene(did, 'home', 2)]);
    assert.equal(await opened.store.retryDeadLetter(id), true);
    assert.deepEqual(await shownOf(opened, 'scenes'), [['home', revOf(2)]]);
  });

  test(`${contract.name}: one that waited and is refused then does not hold up what it waited for`, async (t) => {
    const opened = await openContract(t, contract);
    const bad = event(did, 'bad', 1, { title: 'x'.repeat(41) });
    await opened.writer.apply([bad, event(did, 'good', 1)]);
    const outcome = await opened.writer.apply([scene(did, 'home', 1)]);
    assert.deepEqual(outcome, { ...emptyOutcome, inserted: 1, resolved: 1, deadLetters: 1 });
    assert.deepEqual(await shownOf(opened, 'events'), [['good', revOf(1)]]);
  });

  test(`${contract.name}: rejections are kept by digest, once however often they come`, async (t) => {
    const opened = await openContract(t, contract);
    const rejections = [rejection(1), rejection(2), { ...rejection(3), key: null, rev: null }];
    await opened.writer.apply([], { rejections });
    await opened.writer.apply([], { rejections });
    const letters = await opened.store.deadLetters({ after: 0, limit: 10, kind: 'rejected' });
    assert.deepEqual(
      letters.map(({ stream, reason, digest, seen, change }) => [
        stream,
        reason,
        digest,
        seen,
        change,
      ]),
      rejections.map(({ reason, digest }) => ['stream', reason, digest, 2, null]),
    );
    assert.deepEqual([letters[0]?.rkey, letters[2]?.rkey], ['bad1', null]);
    const [, second] = letters;
    assert(second !== undefined);
    const rest = await opened.store.deadLetters({ after: second.id, limit: 10 });
    assert.deepEqual(
      rest.map(({ digest }) => digest),
      [rejection(3).digest],
    );
    assert.equal(await opened.store.retryDeadLetter(second.id), false);
  });

  test(`${contract.name}: of refused records the newest are kept, too`, async (t) => {
    const opened = await openContract(t, contract, 0);
    await opened.writer.apply(['a', 'b', 'c'].map((rkey) => event(did, rkey, 1)));
    await opened.store.prune({ keyAgeMs: 1e9, pendingAgeMs: 1e9, deadLettersMax: 2 });
    const letters = await opened.store.deadLetters({ after: 0, limit: 10 });
    assert.deepEqual(
      letters.map(({ rkey }) => rkey),
      ['b', 'c'],
    );
  });

  test(`${contract.name}: pruning takes away old keys, what waited too long and the oldest rejections`, async (t) => {
    const opened = await openContract(t, contract);
    const keep = { keyAgeMs: 3_600_000, pendingAgeMs: 3_600_000, deadLettersMax: 100 };
    const rejections = [1, 2, 3].map(rejection);
    await opened.writer.apply([scene(did, 'home', 1), event(did, 'e', 1, { of: 'late' })], {
      rejections,
    });
    await opened.store.prune(keep);
    assert.equal(await countOf(opened, 'ingestion_idempotency'), 1);
    assert.equal((await opened.store.deadLetters({ after: 0, limit: 10 })).length, 3);
    await until('all is older than nothing', async () => {
      await opened.store.prune({ keyAgeMs: 0, pendingAgeMs: 0, deadLettersMax: 1 });
      const letters = await opened.store.deadLetters({ after: 0, limit: 10 });
      return letters.length === 2 && (await countOf(opened, 'ingestion_idempotency')) === 0;
    });
    const [rejected] = await opened.store.deadLetters({ after: 0, limit: 10, kind: 'rejected' });
    assert.equal(rejected?.digest, rejection(3).digest);
    const [waited] = await opened.store.deadLetters({ after: 0, limit: 10, kind: 'refused' });
    assert.deepEqual([waited?.reason, waited?.stream], ['reference-missing', 'stream']);
    await opened.writer.apply([scene(did, 'late', 1)]);
    assert.deepEqual(await shownOf(opened, 'events'), []);
    assert.equal(await opened.store.retryDeadLetter(waited?.id ?? 0), true);
    assert.deepEqual(await shownOf(opened, 'events'), [['e', revOf(1)]]);
  });
}
