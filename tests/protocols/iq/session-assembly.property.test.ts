import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IqRecord } from '../../../src/model/iq-record.ts';
import { decideSession } from '../../../src/protocols/iq/session-assembly.ts';
import { collectEvidence } from '../../../src/protocols/iq/session-evidence.ts';
import { chunkRecord, createRecord, finalizeRecord } from '../../support/iq-evidence.ts';

const OPTIONS = { chunksMax: 8, missingRangesMax: 3, conflictsMax: 3 };
const RUNS = { numRuns: 200 };

const slot = fc.integer({ min: 1, max: 40 });
const facts = fc.record({
  slot,
  signer: fc.constantFrom('owner', 'owner', 'owner', 'thief'),
  failed: fc.constantFrom(false, false, true),
  sessionId: fc.constantFrom(null, '11', '22'),
});
const record: fc.Arbitrary<IqRecord> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(9), fc.constantFrom('a', 'b'), facts)
      .map((args) => chunkRecord(...args)),
  },
  { weight: 2, arbitrary: fc.tuple(fc.nat(10), facts).map((args) => finalizeRecord(...args)) },
  { weight: 1, arbitrary: facts.map(createRecord) },
);
/** One transaction a slot, so that a signature and a position name one record. */
const records = fc.uniqueArray(record, {
  maxLength: 30,
  selector: ({ position }) => position.slot,
});

function decisionsOf(fed: readonly IqRecord[], recoverFailed: boolean) {
  return collectEvidence(fed).flatMap((evidence) =>
    decideSession(evidence, { ...OPTIONS, recoverFailed }),
  );
}

test('any order and any repetition of the same records gives the same decisions', () => {
  const fed = records.chain((all) =>
    fc.record({
      all: fc.constant(all),
      shuffled: fc
        .subarray(all)
        .chain((again) =>
          fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }),
        ),
      recoverFailed: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(fed, ({ all, shuffled, recoverFailed }) => {
      assert.deepEqual(decisionsOf(shuffled, recoverFailed), decisionsOf(all, recoverFailed));
    }),
    RUNS,
  );
});

test('a finished file has every index once, from the owner, and an unfinished one accounts for the rest', () => {
  fc.assert(
    fc.property(records, fc.boolean(), (all, recoverFailed) => {
      for (const decision of decisionsOf(all, recoverFailed)) {
        const { state, chosen, totalChunks, owner } = decision;
        const indexes = chosen.map(({ index }) => index);
        if (state !== 'incomplete') {
          assert.deepEqual(
            indexes,
            Array.from({ length: totalChunks ?? -1 }, (_, i) => i),
          );
          assert.equal(decision.missingCount, 0);
          assert(chosen.every(({ signer }) => signer === owner));
        } else if (totalChunks !== null && totalChunks <= OPTIONS.chunksMax) {
          assert.equal(chosen.length + decision.missingCount, totalChunks);
          assert(decision.missingCount > 0);
        }
        if (state === 'complete') assert(chosen.every(({ failed }) => !failed));
        if (state === 'recovered') assert(recoverFailed);
        assert(decision.missing.length <= 3 && decision.conflicts.length <= 3);
      }
    }),
    RUNS,
  );
});

test('what is finished without failed transactions is the same file when they are allowed', () => {
  fc.assert(
    fc.property(records, (all) => {
      const strict = decisionsOf(all, false);
      const recovering = decisionsOf(all, true);
      for (const [i, decision] of strict.entries()) {
        if (decision.state === 'complete') assert.deepEqual(recovering[i], decision);
      }
    }),
    RUNS,
  );
});
