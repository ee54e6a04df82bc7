import assert from 'node:assert/strict';
import test from 'node:test';
import { readinessText } from '../../src/cli/records-progress.ts';
import type { RecordsReadiness } from '../../src/model/records-status.ts';

/** Goal: whoever watches the indexer is told in one line what keeps it, or how far it is. */

const well: RecordsReadiness = {
  ready: true,
  stream: { state: 'open', host: 'h.example', failures: 0, pending: 7, cursorTimeUs: 1.783e15 },
  database: { kind: 'postgres', reachable: true },
  lease: 'held',
};

const CASES: readonly (readonly [RecordsReadiness, string])[] = [
  [well, 'reading h.example, stored up to 2026-07-02T13:46:40Z, 7 waiting'],
  [{ ...well, stream: { ...well.stream, cursorTimeUs: null } }, 'reading h.example'],
  [{ ...well, stream: { ...well.stream, state: 'waiting' } }, 'connecting to h.example'],
  [
    { ...well, stream: { ...well.stream, state: 'waiting', failures: 6 } },
    'h.example: 6 connections in a row brought nothing; trying again',
  ],
  [{ ...well, lease: 'standby' }, 'standing by: another instance writes'],
  [
    { ...well, database: { kind: 'sqlite', reachable: false } },
    'sqlite cannot be reached; waiting for it',
  ],
];

for (const [readiness, line] of CASES) {
  test(line, () => assert.equal(readinessText(readiness), line));
}
