import assert from 'node:assert/strict';
import test from 'node:test';
import { auditJob, type FinishedShard } from '../../../supervisor/jobs/audit.ts';

const range = { start: 100, end: 200 };
const bad = {
  slot: 150,
  offset: 5,
  error: { code: 'RECORD_MALFORMED', message: 'bad', retryable: false, fields: {} },
} as const;

function shard(
  [start, end]: readonly [number, number],
  slotsDone: number,
  slotsSkipped: number,
  quarantined = 0,
): FinishedShard {
  return { range: { start, end }, counters: { slotsDone, slotsSkipped }, quarantined };
}

test('done, skipped and quarantined slots cover the range exactly', () => {
  const audit = auditJob(range, [shard([100, 140], 38, 2), shard([140, 200], 59, 0, 1)], [bad]);
  assert.deepEqual(audit.missing, []);
  assert.equal(audit.done + audit.skipped + audit.quarantined.length, audit.slots);
});

test('a shard that was never finished is a hole', () => {
  assert.deepEqual(auditJob(range, [shard([100, 140], 40, 0)], []).missing, [
    { start: 140, end: 200 },
  ]);
});

test('a shard whose numbers do not add up is a hole, not a success', () => {
  const audit = auditJob(range, [shard([100, 140], 40, 0), shard([140, 200], 59, 0)], []);
  assert.deepEqual(audit.missing, [{ start: 140, end: 200 }]);
});

test('shards of an earlier, wider window do not count', () => {
  const audit = auditJob(range, [shard([0, 100], 100, 0), shard([100, 200], 100, 0)], []);
  assert.deepEqual([audit.slots, audit.done, audit.missing], [100, 100, []]);
});
