import assert from 'node:assert/strict';
import test from 'node:test';
import { statsReportText } from '../../src/cli/stats-report-text.ts';
import type { StatsJobReport } from '../../src/model/job.ts';
import { NO_COUNTERS } from '../../src/model/shard-counters.ts';

const REPORT: StatsJobReport = {
  ...{ kind: 'stats', jobId: 'j', state: 'complete', alreadyComplete: false, elapsedMs: 1000 },
  range: { start: 100, end: 200 },
  server: 'http://127.0.0.1:8123',
  database: 'mill',
  tables: [
    { table: 'program_invocations', rows: 1234 },
    { table: 'jetstreamer_slot_status', rows: 99 },
  ],
  counters: { ...NO_COUNTERS, slotsDone: 99, slotsSkipped: 1, transactions: 7, votes: 2 },
  audit: { slots: 100, done: 99, skipped: 1, quarantined: [], missing: [] },
};

test('a finished job of statistics shows rows, what was read, the audit and queries', () => {
  const text = statsReportText(REPORT);
  assert.match(text, /mill\.program_invocations +│ 1,234/);
  assert.match(text, /transactions +│ 7 \(2 votes\)/);
  assert.match(text, /100 slots = 99 read \+ 1 skipped \+ 0 quarantined/);
  assert.match(text, /FROM mill\.program_invocations FINAL WHERE slot BETWEEN 100 AND 199 /);
  assert.equal(text.match(/SELECT/g)?.length, 1);
  assert.doesNotMatch(text, /already complete/);
});

test('a job of statistics that was complete before says so, and holes are named', () => {
  const audit = { ...REPORT.audit, done: 89, missing: [{ start: 120, end: 130 }] };
  const text = statsReportText({ ...REPORT, state: 'holes', alreadyComplete: true, audit });
  assert.match(text, /^this job is already complete; nothing was read or written again/);
  assert.match(text, /HOLES IN THE RANGE\nmissing slots 120:129/);
});
