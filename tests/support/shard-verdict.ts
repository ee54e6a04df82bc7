import assert from 'node:assert/strict';
import type { IqRecord } from '../../src/model/iq-record.ts';
import type { VerifyLevel } from '../../src/model/worker-task.ts';
import type { ShardRun } from './run-shard.ts';
import type { UploadArchive } from './upload-archive.ts';

/** What a broken archive did to a shard. */
export type Verdict = 'same' | 'quarantined' | 'failed';

/**
 * Compares a run over broken bytes with the run over right ones. At level `all` every slot is either right or
 * accounted for; at `used` no record is wrong; at `none` only our own code must not break.
 */
export function judgeRun(
  run: ShardRun,
  clean: ShardRun,
  archive: Pick<UploadArchive, 'range' | 'slots'>,
  verify: VerifyLevel = 'all',
): Verdict {
  if (verify !== 'none') requireNoWrongRecord(run.records, clean.records);
  if (run.result.type === 'failed') {
    assert.notEqual(run.result.error.code, 'BUG', run.result.error.message);
    return 'failed';
  }
  assert(run.result.type === 'shard');
  const { quarantined, counters, outcome } = run.result;
  assert.equal(outcome, 'done');
  for (const { error } of quarantined) assert.notEqual(error.code, 'BUG', error.message);
  if (verify === 'all') requireEverySlot(run, clean, archive);
  const total = archive.range.end - archive.range.start;
  const accounted = counters.slotsDone + counters.slotsSkipped + quarantined.length;
  assert.equal(accounted, total, 'done, skipped and quarantined slots cover the range');
  return quarantined.length > 0 ? 'quarantined' : 'same';
}

function requireNoWrongRecord(records: readonly IqRecord[], clean: readonly IqRecord[]): void {
  const right = new Map(clean.map((record) => [idOf(record), record]));
  const seen = new Set<string>();
  for (const record of records) {
    const id = idOf(record);
    assert.deepEqual(record, right.get(id));
    assert(!seen.has(id), `${id} comes once`);
    seen.add(id);
  }
}

function requireEverySlot(
  { result, records, slots }: ShardRun,
  clean: ShardRun,
  archive: Pick<UploadArchive, 'range' | 'slots'>,
): void {
  assert(result.type === 'shard');
  const done = slots.map(({ slot }) => slot);
  const given = new Set(result.quarantined.map(({ slot }) => slot));
  assert.equal(given.size, result.quarantined.length, 'a slot is quarantined once');
  for (const slot of archive.slots) {
    const isDone = done.filter((one) => one === slot).length;
    assert.equal(
      isDone + (given.has(slot) ? 1 : 0),
      1,
      `slot ${slot} is done once or in quarantine`,
    );
  }
  assert.deepEqual(
    slots,
    clean.slots.filter(({ slot }) => done.includes(slot)),
  );
  assert.deepEqual(
    records,
    clean.records.filter(({ position }) => done.includes(position.slot)),
  );
}

function idOf({ position, type }: IqRecord): string {
  const { slot, transactionIndex, outer, inner } = position;
  return `${type} ${slot} ${transactionIndex} ${outer} ${inner}`;
}
