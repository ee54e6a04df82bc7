import assert from 'node:assert/strict';
import test from 'node:test';
import { reportText } from '../../src/cli/report-text.ts';
import type { SessionsJobReport } from '../../src/model/job.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import { NO_COUNTERS } from '../../src/model/shard-counters.ts';

const session: SessionResult = {
  session: '5CE561Yh36gs3ELU6znD5bLtjeZ7LmVsugRSBP32gvcu',
  program: '9KLLchQVJpGkw4jPuUmnvqESdR7mtNCYr3qS4iQLabs',
  state: 'complete',
  conflicts: [],
  total_chunks: 11,
  chunk_count: 11,
  missing: [],
  decode: 'none',
  bytes: 8893,
  sha256: 'ab'.repeat(32),
  file: '/tmp/files/notes.txt',
  delivered: true,
  first_slot: 1,
  last_slot: 2,
  finalize_slot: 2,
  finalize_signature: 's',
};

function report(overrides: Partial<SessionsJobReport>): SessionsJobReport {
  return {
    kind: 'sessions',
    jobId: 'j',
    state: 'complete',
    alreadyComplete: false,
    range: { start: 1, end: 11 },
    source: 'archive',
    sourceReason: '',
    sessions: [session],
    counters: { ...NO_COUNTERS, slotsDone: 9, slotsSkipped: 1 },
    audit: { slots: 10, done: 9, skipped: 1, quarantined: [], missing: [] },
    undelivered: 0,
    hints: [],
    elapsedMs: 1000,
    ...overrides,
  };
}

test('a finished job shows every session, its file with SHA-256, and the audit', () => {
  const text = reportText(report({}));
  assert.match(text, /5CE561Yh36gs3ELU6znD5bLtjeZ7LmVsugRSBP32gvcu.*complete.*11\/11.*8\.9 kB/);
  assert(text.includes(`${'ab'.repeat(32)}  /tmp/files/notes.txt`));
  assert.match(
    text,
    /10 slots = 9 read \+ 1 skipped \+ 0 quarantined; every slot is accounted for/,
  );
});

test('an incomplete session shows what lacks, and the hint follows', () => {
  const missing = [
    [0, 0],
    [3, 5],
  ] as const;
  const incomplete = { ...session, state: 'incomplete', missing, file: null } as const;
  const text = reportText(report({ sessions: [incomplete], hints: ['read slots 1:2'] }));
  assert.match(text, /missing 0, 3-5/);
  assert(text.endsWith('read slots 1:2'));
});

test('a hole in the range is shouted', () => {
  const audit = {
    slots: 10,
    done: 5,
    skipped: 1,
    quarantined: [],
    missing: [{ start: 7, end: 11 }],
  };
  const text = reportText(report({ audit }));
  assert.match(text, /HOLES IN THE RANGE/);
  assert.match(text, /missing slots 7:10/);
});

test('a job that was complete says that nothing was read again', () => {
  assert.match(reportText(report({ alreadyComplete: true })), /already complete; nothing was read/);
});

test('instructions that were not believed are told where there are any', () => {
  assert.doesNotMatch(reportText(report({})), /not believed/);
  const counters = { ...NO_COUNTERS, instructionsIgnored: 12 };
  assert.match(reportText(report({ counters })), /IQ instructions not believed.*12/);
});
