import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IqRecord } from '../../../src/model/iq-record.ts';
import {
  backfillHintOf,
  formatBackfillHint,
  parseBackfillHint,
} from '../../../src/protocols/iq/backfill-hint.ts';
import { decideSession } from '../../../src/protocols/iq/session-assembly.ts';
import { collectEvidence } from '../../../src/protocols/iq/session-evidence.ts';
import { chunkRecord, finalizeRecord } from '../../support/iq-evidence.ts';

function hintOf(records: readonly IqRecord[]) {
  const [decision] = collectEvidence(records).flatMap((evidence) =>
    decideSession(evidence, {
      ...{ recoverFailed: false, chunksMax: 1000, missingRangesMax: 100, conflictsMax: 1 },
    }),
  );
  assert(decision);
  return backfillHintOf(decision);
}

test('a hint has the documented fields, and its command ends where its range ends', () => {
  const hint = hintOf([chunkRecord(1, 'b'), chunkRecord(3, 'd', { slot: 50 }), finalizeRecord(40)]);
  assert(hint);
  assert.deepEqual(JSON.parse(formatBackfillHint(hint)), {
    ...{ session: 'session', observed_chunks: 2, expected_chunks: 40, total_missing: 38 },
    missing_preview: [0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
    ...{ first_slot: 50, last_slot: 1000, finalize_slot: 1000, finalize_signature: 's1000' },
    recommended_slot_range: { start: 49, end_inclusive: 1001 },
    recommended_command: 'npx millrace sessions session 49:1001',
  });
});

test('a line read back is the hint that was written', () => {
  for (const records of [[chunkRecord(1, 'b'), finalizeRecord(3)], [chunkRecord(2, 'c')]]) {
    const hint = hintOf(records);
    assert(hint);
    assert.deepEqual(parseBackfillHint(formatBackfillHint(hint)), hint);
  }
});

test('a finished session gives no hint', () => {
  assert.equal(hintOf([chunkRecord(0, 'a'), finalizeRecord(1)]), undefined);
});

test('the range of a foreign line is taken from its field, not from its command', () => {
  const line = JSON.stringify({
    session: 'S',
    recommended_slot_range: { start: 9, end_inclusive: 20 },
    recommended_command: 'iq_runner 9:21',
  });
  const hint = parseBackfillHint(line);
  assert.deepEqual(hint?.range, { start: 9, end: 21 });
  assert.deepEqual([hint?.firstSlot, hint?.lastSlot, hint?.expectedChunks], [9, 20, null]);
});

test('lines that are no hints are told apart', () => {
  for (const line of [
    ...['', '{', 'null', '[]', '{}', '{"session":"S"}'],
    '{"session":"S","recommended_slot_range":{"start":9,"end_inclusive":8}}',
    '{"session":"S","recommended_slot_range":{"start":-1,"end_inclusive":8}}',
    '{"session":1,"recommended_slot_range":{"start":1,"end_inclusive":8}}',
  ]) {
    assert.equal(parseBackfillHint(line), undefined, line);
  }
});
