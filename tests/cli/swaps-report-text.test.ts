import assert from 'node:assert/strict';
import test from 'node:test';
import { swapsReportText } from '../../src/cli/swaps-report-text.ts';
import type { SwapsJobReport } from '../../src/model/job.ts';
import { NO_COUNTERS } from '../../src/model/shard-counters.ts';

const PHOENIX = { program: 'phoenix', swaps: 1234 };

const REPORT: SwapsJobReport = {
  ...{ kind: 'swaps', jobId: 'j', state: 'complete', alreadyComplete: false, elapsedMs: 1000 },
  ...{ range: { start: 100, end: 200 }, sink: 'nats' },
  ...{ server: 'http://127.0.0.1:8123', database: 'mill' },
  decoded: { transactions: 1000, swaps: 1234, programs: [PHOENIX], mismatches: [] },
  stored: {
    ...{ swaps: 1230, programs: [{ ...PHOENIX, swaps: 1230 }], withoutTime: 3 },
    candles: { '1m': 10, '5m': 4, '1h': 1 },
  },
  counters: { ...NO_COUNTERS, slotsDone: 99, slotsSkipped: 1, transactions: 7, votes: 2 },
  audit: { slots: 100, done: 99, skipped: 1, quarantined: [], missing: [] },
};

test('a finished job of swaps shows what was decoded beside what stands, candles, the audit and queries', () => {
  const text = swapsReportText(REPORT);
  assert.match(text, /phoenix +│ 1,234 +│ 1,230 +│/);
  assert.match(text, /1,000 transactions hold swaps/);
  assert.match(text, /every swap that could be cross-checked was right/);
  assert.match(text, /candles in mill: 10 of 1m, 4 of 5m, 1 of 1h/);
  assert.match(text, /3 swaps have no block time and are in no candle/);
  assert.match(text, /100 slots = 99 read \+ 1 skipped \+ 0 quarantined/);
  assert.match(text, /FROM mill\.swaps FINAL WHERE slot BETWEEN 100 AND 199 /);
  assert.doesNotMatch(text, /waited|already complete/);
});

test('mismatches are listed by reason, and waits for the sink are told', () => {
  const tallies = { 'backlog-pauses': 2, 'backlog-paused-ms': 61_240, 'publish-pauses': 0 };
  const mismatches = [{ program: 'phoenix', reason: 'fill-unknown', calls: 5 }];
  const text = swapsReportText({
    ...REPORT,
    ...{ alreadyComplete: true, decoded: { ...REPORT.decoded, mismatches } },
    counters: { ...REPORT.counters, tallies },
  });
  assert.match(text, /^this job is already complete; nothing was read or written again/);
  assert.match(text, /phoenix +│ fill-unknown +│ 5 +│/);
  assert.match(text, /reading waited 2 times, 61\.2 s in all, for the sink to take messages/);
  assert.doesNotMatch(text, /acknowledge/);
});
