import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { BackfillHint } from '../../../src/protocols/iq/backfill-hint.ts';
import { HintLog } from '../../../supervisor/jobs/hint-log.ts';
import { SESSION } from '../../support/iq-samples.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const OTHER = '11111111111111111111111111111112';

function hint(session: string, start: number): BackfillHint {
  return {
    session,
    ...{ observedChunks: 1, expectedChunks: 2, totalMissing: 1, missingPreview: [0] },
    ...{ firstSlot: start + 1, lastSlot: start + 1, finalizeSlot: null, finalizeSignature: null },
    range: { start, end: start + 3 },
  };
}

test('a session has one line, the newest, until it lacks nothing', (t) => {
  const path = join(tempFolder(t), 'missing_sessions.log');
  const log = new HintLog(path);
  assert.deepEqual(log.read(), []);
  log.update(new Set([SESSION, OTHER]), [hint(SESSION, 10), hint(OTHER, 50)]);
  log.update(new Set([SESSION]), [hint(SESSION, 20)]);
  assert.deepEqual(log.read(), [hint(OTHER, 50), hint(SESSION, 20)]);
  log.update(new Set([OTHER]), []);
  assert.deepEqual(log.read(), [hint(SESSION, 20)]);
});

test('saying the same again does not touch the file', (t) => {
  const path = join(tempFolder(t), 'missing_sessions.log');
  const log = new HintLog(path);
  log.update(new Set([SESSION]), [hint(SESSION, 10)]);
  const before = statSync(path).ino;
  log.update(new Set([SESSION]), [hint(SESSION, 10)]);
  log.update(new Set([OTHER]), []);
  assert.equal(statSync(path).ino, before);
  assert.equal(readFileSync(path, 'utf8').split('\n').length, 2);
});
