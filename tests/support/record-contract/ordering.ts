import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { idempotencyKey } from '../../../src/core/idempotency-key.ts';
import type { RecordChange } from '../../../src/model/record-change.ts';
import { event, keyOf, remove, revOf, scene, sceneTable } from '../record-samples.ts';
import {
  type ContractCase,
  countOf,
  emptyOutcome,
  type OpenedContract,
  openContract,
  shownOf,
} from './contract-database.ts';

const did = 'did:plc:ordering';
const home = keyOf(sceneTable, did, 'home');

/** What a row says besides its revision, to see that it is of that revision. */
type Shown = readonly (readonly [string, string])[];

interface HistoryStep {
  readonly rkey: string;
  readonly deletes: boolean;
  /** Of an event: which of the two scenes it is in. */
  readonly at: number;
}

/** Scenes a and b always stand in the end; c, d and the events end as chance has it. */
const RKEYS = ['a', 'b', 'c', 'd', 'x', 'y', 'z'];
const LASTING = ['a', 'b'];

const history = fc
  .array(
    fc.record({
      rkey: fc.constantFrom(...RKEYS),
      deletes: fc.boolean(),
      at: fc.nat({ max: 1 }),
    }),
    { maxLength: 25 },
  )
  .map((steps): HistoryStep[] => {
    return [...steps, ...LASTING.map((rkey) => ({ rkey, deletes: false, at: 0 }))];
  });

function isEvent(rkey: string): boolean {
  return rkey > 'd';
}

function changeOf(account: string, { rkey, deletes, at }: HistoryStep, rev: number): RecordChange {
  const made = isEvent(rkey)
    ? event(account, rkey, rev, { of: LASTING[at] ?? 'a' })
    : scene(account, rkey, rev);
  return deletes ? remove(made.key, rev) : made;
}

/** Every change at least once, some more often, in any order, cut into batches anywhere. */
function deliveries(steps: readonly HistoryStep[]): fc.Arbitrary<readonly number[][]> {
  const all = steps.map((_, n) => n);
  const index = fc.nat({ max: steps.length - 1 });
  return fc
    .tuple(fc.array(index, { maxLength: 10 }), fc.integer({ min: 1, max: 9 }))
    .chain(([again, size]) => {
      const sent = [...all, ...again];
      return fc
        .shuffledSubarray(
          sent.map((_, n) => n),
          { minLength: sent.length },
        )
        .map((order) => {
          const shuffled = order.map((n) => sent[n] ?? 0);
          return Array.from({ length: Math.ceil(shuffled.length / size) }, (_, n) => {
            return shuffled.slice(n * size, (n + 1) * size);
          });
        });
    });
}

/** The last step of each record says it all. */
function expectedOf(steps: readonly HistoryStep[], events: boolean): Shown {
  const last = new Map(steps.map((step, rev) => [step.rkey, { ...step, rev }]));
  return [...last.values()]
    .filter(({ rkey, deletes }) => !deletes && isEvent(rkey) === events)
    .map(({ rkey, rev }) => [rkey, `${rkey} ${rev}`] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

async function namesOf({ query }: OpenedContract, account: string, events: boolean) {
  const [table, column] = events ? ['events', 'title'] : ['scenes', 'name'];
  const sql = `SELECT record_rkey, ${column} AS name FROM ${table} WHERE deleted_at IS NULL AND record_did = '${account}' ORDER BY record_rkey`;
  return (await query(sql)).map((row) => [row['record_rkey'], row['name']]);
}

export function orderingContract(contract: ContractCase): void {
  test(`${contract.name}: a batch that comes again changes nothing and is counted as skipped`, async (t) => {
    const opened = await openContract(t, contract);
    const changes = [scene(did, 'home', 1), event(did, 'party', 2), remove(home, 3)];
    const first = await opened.writer.apply(changes.slice(0, 2));
    assert.deepEqual(first, { ...emptyOutcome, inserted: 2 });
    for (const _ of [2, 3]) {
      const again = await opened.writer.apply(changes.slice(0, 2));
      assert.deepEqual(again, { ...emptyOutcome, skipped: 2 });
    }
    assert.deepEqual(await shownOf(opened, 'scenes'), [['home', revOf(1)]]);
    assert.deepEqual(await shownOf(opened, 'events'), [['party', revOf(2)]]);
    const deleted = await opened.writer.apply(changes);
    assert.deepEqual(deleted, { ...emptyOutcome, deleted: 1, skipped: 2 });
    assert.deepEqual(await shownOf(opened, 'scenes'), []);
  });

  test(`${contract.name}: values of every type are stored as they are`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1, { name: 'O\'Neil \u{1F600} \\ "x"' })]);
    assert.deepEqual(await shownOf(opened, 'scenes', 'name'), [
      ['home', 'O\'Neil \u{1F600} \\ "x"'],
    ]);
    assert.deepEqual(await shownOf(opened, 'scenes', 'size'), [['home', '7']]);
    assert.equal(await countOf(opened, 'scenes WHERE open AND tags IS NOT NULL'), 1);
  });

  test(`${contract.name}: whatever order, repetition and batches changes come in, the greatest revisions stay`, async (t) => {
    const opened = await openContract(t, contract);
    let runs = 0;
    const cases = history.chain((steps) => fc.tuple(fc.constant(steps), deliveries(steps)));
    const property = fc.asyncProperty(cases, async ([steps, batches]) => {
      const account = `did:plc:run${runs++}`;
      for (const batch of batches) {
        const changes = batch.flatMap((n) => {
          const step = steps[n];
          return step === undefined ? [] : [changeOf(account, step, n)];
        });
        await opened.writer.apply(changes);
      }
      for (const events of [false, true]) {
        const expected = expectedOf(steps, events);
        assert.deepEqual(await namesOf(opened, account, events), expected);
      }
    });
    await fc.assert(property, { numRuns: 60 });
    assert.deepEqual(await opened.store.deadLetters({ after: 0, limit: 10 }), []);
  });

  test(`${contract.name}: no replay brings back what is deleted, whether it was there or not`, async (t) => {
    const opened = await openContract(t, contract);
    const unknown = keyOf(sceneTable, did, 'unknown');
    await opened.writer.apply([scene(did, 'home', 1)]);
    await opened.writer.apply([remove(home, 5), remove(unknown, 5)]);
    await opened.writer.apply([
      scene(did, 'home', 4),
      scene(did, 'unknown', 4),
      scene(did, 'home', 5),
    ]);
    assert.deepEqual(await shownOf(opened, 'scenes'), []);
  });

  test(`${contract.name}: a record that is made anew after its deletion comes back with the same id`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1)]);
    const [before] = await shownOf(opened, 'scenes', 'id');
    await opened.writer.apply([remove(home, 2)]);
    const outcome = await opened.writer.apply([scene(did, 'home', 3)]);
    assert.deepEqual(outcome, { ...emptyOutcome, inserted: 1 });
    assert.deepEqual(await shownOf(opened, 'scenes', 'id'), [before]);
    assert.deepEqual(await shownOf(opened, 'scenes'), [['home', revOf(3)]]);
  });

  test(`${contract.name}: every revision that was applied leaves its idempotency key, deletions too`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1)]);
    await opened.writer.apply([scene(did, 'home', 1)]);
    await opened.writer.apply([remove(home, 2)]);
    const rows = await opened.query('SELECT idempotency_key AS key FROM ingestion_idempotency');
    const expected = [1, 2].map((rev) => idempotencyKey(did, 'test.scene', 'home', revOf(rev)));
    assert.deepEqual(rows.map(({ key }) => String(key)).sort(), expected.sort());
  });

  test(`${contract.name}: a name that a deletion of the same batch gives free can be taken`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1, { name: 'Same' })]);
    const outcome = await opened.writer.apply([
      scene(did, 'new', 2, { name: 'same' }),
      remove(home, 3),
    ]);
    assert.deepEqual(outcome, { ...emptyOutcome, inserted: 1, deleted: 1 });
    assert.deepEqual(await shownOf(opened, 'scenes'), [['new', revOf(2)]]);
  });
}
