import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IqRecord } from '../../../src/model/iq-record.ts';
import {
  type AssemblyOptions,
  decideSession,
  type SessionDecision,
} from '../../../src/protocols/iq/session-assembly.ts';
import { collectEvidence } from '../../../src/protocols/iq/session-evidence.ts';
import { chunkRecord, createRecord, finalizeRecord, OWNER } from '../../support/iq-evidence.ts';

function decideAll(records: readonly IqRecord[], options: Partial<AssemblyOptions> = {}) {
  const bounds = { recoverFailed: false, chunksMax: 1000, missingRangesMax: 10, conflictsMax: 10 };
  return collectEvidence(records).flatMap((evidence) =>
    decideSession(evidence, { ...bounds, ...options }),
  );
}

function decide(records: readonly IqRecord[], options: Partial<AssemblyOptions> = {}) {
  const decisions = decideAll(records, options);
  const [decision] = decisions;
  assert(decision !== undefined && decisions.length === 1);
  return decision;
}

function textOf({ chosen }: SessionDecision<Uint8Array>): string {
  return Buffer.concat(chosen.map(({ ref }) => ref)).toString();
}

const [A, B, C] = [chunkRecord(0, 'a'), chunkRecord(1, 'b'), chunkRecord(2, 'c')];

test('a finalize before the chunks, and chunks after it, make the same file', () => {
  const decision = decide([finalizeRecord(3, { slot: 1 }), C, A, B, createRecord({ slot: 2 })]);
  assert.deepEqual([decision.state, textOf(decision)], ['complete', 'abc']);
  assert.deepEqual([decision.firstSlot, decision.lastSlot], [1, 102]);
  assert.deepEqual([decision.payloadBytes, decision.warnings], [3, []]);
});

test('an unfinalized session is incomplete and lists the gaps below its highest chunk', () => {
  const decision = decide([createRecord(), C]);
  assert.deepEqual([decision.state, decision.totalChunks], ['incomplete', null]);
  assert.deepEqual([decision.missing, decision.missingCount], [[[0, 1]], 2]);
});

test('the later successful copy wins by chain order, and both signatures are listed', () => {
  const late = chunkRecord(1, 'B', { slot: 500 });
  for (const records of [
    [A, B, late, C],
    [late, C, B, A],
  ]) {
    const decision = decide([...records, finalizeRecord(3)]);
    assert.deepEqual([decision.state, textOf(decision)], ['complete', 'aBc']);
    assert.deepEqual(decision.conflicts, [
      { index: 1, keptSignature: 's500', droppedSignature: 's101' },
    ]);
  }
});

test('identical copies, and one record fed twice, are no conflict', () => {
  const again = chunkRecord(1, 'b', { slot: 500 });
  const decision = decide([A, B, B, again, C, C, finalizeRecord(3), finalizeRecord(3)]);
  assert.deepEqual(
    [decision.state, decision.conflictCount, decision.warnings],
    ['complete', 0, []],
  );
});

test('conflicts and missing ranges are bounded lists with exact counts', () => {
  const copies = Array.from({ length: 30 }, (_, i) => chunkRecord(0, `v${i}`, { slot: 200 + i }));
  const sparse = Array.from({ length: 20 }, (_, i) => chunkRecord(2 * i + 2, 'x'));
  const decision = decide([...copies, ...sparse, finalizeRecord(41)]);
  assert.deepEqual([decision.conflicts.length, decision.conflictCount], [10, 29]);
  assert.deepEqual([decision.missing.length, decision.missingCount], [10, 20]);
  assert.equal(decision.missingTruncated, true);
});

test('indexes at or beyond the total are ignored and counted', () => {
  const decision = decide([A, B, C, finalizeRecord(2)]);
  assert.deepEqual([decision.state, textOf(decision)], ['complete', 'ab']);
  assert.deepEqual(decision.warnings, [{ code: 'index-beyond-total', count: 1 }]);
});

test('a total of nothing is a complete, empty file with a warning', () => {
  const decision = decide([finalizeRecord(0)]);
  assert.deepEqual([decision.state, decision.payloadBytes], ['complete', 0]);
  assert.deepEqual(decision.warnings, [{ code: 'empty-claim', count: 1 }]);
});

test('a claim of four billion chunks costs nothing and never completes', () => {
  const decision = decide([A, C, finalizeRecord(0xffff_ffff)]);
  assert.equal(decision.state, 'incomplete');
  assert.deepEqual(decision.missing, [
    [1, 1],
    [3, 0xffff_fffe],
  ]);
  assert.equal(decision.missingCount, 0xffff_ffff - 2);
  assert.deepEqual(decision.warnings, [{ code: 'claim-beyond-bound', count: 1 }]);
  const full = decide([A, B, finalizeRecord(2)], { chunksMax: 1 });
  assert.equal(full.state, 'incomplete');
});

test('the last successful finalize counts, and differing totals are reported', () => {
  const early = finalizeRecord(2, { slot: 900 });
  const failed = finalizeRecord(9, { slot: 2000, failed: true });
  const decision = decide([finalizeRecord(3), early, failed, A, B, C]);
  assert.deepEqual([decision.state, decision.totalChunks], ['complete', 3]);
  assert.deepEqual(decision.warnings, [{ code: 'totals-differ', count: 2 }]);
});

test('metadata that names another total is reported, and the instruction is believed', () => {
  const decision = decide([A, finalizeRecord(1, { metadata: '{"total_chunks":5}' })]);
  assert.equal(decision.state, 'complete');
  assert.deepEqual(decision.warnings, [{ code: 'metadata-total-differs', count: 1 }]);
});

test('chunks and finalizes by another signer than the creator do not count', () => {
  const foreign = [
    chunkRecord(0, 'X', { signer: 'thief', slot: 700 }),
    finalizeRecord(1, { signer: 'thief', slot: 3000 }),
  ];
  const decision = decide([createRecord(), A, B, C, finalizeRecord(3), ...foreign, ...foreign]);
  assert.deepEqual([decision.owner, textOf(decision)], [OWNER, 'abc']);
  assert.deepEqual(decision.warnings, [{ code: 'foreign-signer', count: 2 }]);
});

test('without a create the signer of the finalize is the owner', () => {
  const decision = decide([A, chunkRecord(1, 'X', { signer: 'thief' }), finalizeRecord(2)]);
  assert.deepEqual([decision.state, decision.missing], ['incomplete', [[1, 1]]]);
});

test('failed transactions are excluded, and fill only remaining gaps when asked to', () => {
  const records = [
    ...[createRecord(), A, finalizeRecord(2)],
    chunkRecord(0, 'A', { failed: true, slot: 800 }),
    chunkRecord(1, 'b', { failed: true, slot: 1200 }),
  ];
  const strict = decide(records);
  assert.deepEqual([strict.state, strict.missing], ['incomplete', [[1, 1]]]);
  const recovered = decide(records, { recoverFailed: true });
  assert.deepEqual([recovered.state, textOf(recovered)], ['recovered', 'ab']);
  assert.deepEqual([recovered.recoveredCount, recovered.conflictCount], [1, 0]);
});

test('a gap is never filled from a failed transaction of somebody else', () => {
  const thief = chunkRecord(1, 'X', { failed: true, signer: 'thief' });
  const decision = decide([createRecord(), A, finalizeRecord(2), thief], { recoverFailed: true });
  assert.deepEqual([decision.state, decision.missing], ['incomplete', [[1, 1]]]);
});

test('differing failed copies of one chunk are a conflict', () => {
  const copies = [100, 200].map((slot) => chunkRecord(0, `${slot}`, { failed: true, slot }));
  const decision = decide([finalizeRecord(1), ...copies], { recoverFailed: true });
  assert.deepEqual([decision.state, textOf(decision)], ['recovered', '200']);
  assert.deepEqual(decision.conflicts, [
    { index: 0, keptSignature: 's200', droppedSignature: 's100' },
  ]);
});

test('a failed finalize by the creator gives the total only when recovering', () => {
  const records = [createRecord(), A, finalizeRecord(1, { failed: true })];
  assert.equal(decide(records).totalChunks, null);
  const decision = decide(records, { recoverFailed: true });
  assert.deepEqual([decision.state, decision.recoveredCount], ['recovered', 0]);
  assert.deepEqual(decision.warnings, [{ code: 'failed-finalize-used', count: 1 }]);
});

test('a state complete from successful records stays complete when recovering is allowed', () => {
  const failed = chunkRecord(0, 'X', { failed: true, slot: 5 });
  assert.equal(decide([A, failed, finalizeRecord(1)], { recoverFailed: true }).state, 'complete');
});

test('another session id on one account is another upload', () => {
  const [one, two] = ['11', '22'];
  const decisions = decideAll([
    chunkRecord(0, 'a', { sessionId: one }),
    finalizeRecord(1, { sessionId: one }),
    chunkRecord(0, 'X', { sessionId: two, slot: 500 }),
    finalizeRecord(2, { sessionId: two, slot: 2000 }),
  ]);
  assert.deepEqual(
    decisions.map(({ sessionId, state }) => [sessionId, state]),
    [
      [one, 'complete'],
      [two, 'incomplete'],
    ],
  );
});

test('a finalize without a session id closes the upload whose chunk came last before it', () => {
  const [one, two, thiefs] = ['11', '22', '33'];
  const decisions = decideAll([
    chunkRecord(0, 'a', { sessionId: one, slot: 10, generation: '1L' }),
    finalizeRecord(1, { slot: 11, generation: '1L' }),
    chunkRecord(0, 'b', { sessionId: two, slot: 12, generation: '1L' }),
    chunkRecord(0, 'X', { sessionId: thiefs, slot: 13, signer: 'thief', generation: '1L' }),
    finalizeRecord(7, { slot: 14, generation: '1L' }),
  ]);
  assert.deepEqual(
    decisions.map(({ sessionId, totalChunks }) => [sessionId, totalChunks]),
    [
      [one, 1],
      [two, 7],
      [thiefs, null],
    ],
  );
});

test('a finalize without a session id that closes nobody is kept as an upload of its own', () => {
  const decisions = decideAll([
    chunkRecord(0, 'a', { sessionId: '11', signer: 'one' }),
    chunkRecord(0, 'b', { sessionId: '22', signer: 'two' }),
    finalizeRecord(4),
  ]);
  assert.deepEqual(
    decisions.map(({ sessionId, totalChunks }) => [sessionId, totalChunks]),
    [
      [null, 4],
      ['11', null],
      ['22', null],
    ],
  );
});

test('failed chunks are not taken while nobody is known to own the session', () => {
  const decision = decide([A, chunkRecord(1, 'X', { failed: true })], { recoverFailed: true });
  assert.deepEqual([decision.owner, textOf(decision)], [null, 'a']);
});

test('one session account under two programs is two sessions', () => {
  const lookAlike = { ...chunkRecord(0, 'X', { slot: 5000 }), program: 'other' };
  const decisions = decideAll([A, finalizeRecord(1), lookAlike]);
  assert.deepEqual(
    decisions.map(({ program, state }) => [program, state]),
    [
      ['program', 'complete'],
      ['other', 'incomplete'],
    ],
  );
});

test('an owner of generation 3 from whom the session address does not derive is reported', () => {
  const decision = decide([createRecord({ generation: '3' })]);
  assert.deepEqual(decision.warnings, [{ code: 'owner-unproven', count: 1 }]);
});
