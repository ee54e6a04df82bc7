import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { IqReaderMode } from '../../../src/model/worker-task.ts';
import { joinSession, type UploadPiece } from '../../../src/protocols/iq/decode-rule.ts';
import { extractIqRecords } from '../../../src/protocols/iq/extract-records.ts';
import { readGeneration0Text } from '../../../src/protocols/iq/generation-0-text.ts';
import { indexLinks, walkLinkedList } from '../../../src/protocols/iq/linked-list.ts';
import { compileIqFilter } from '../../../src/protocols/iq/registry.ts';
import { decideSession } from '../../../src/protocols/iq/session-assembly.ts';
import { collectEvidence } from '../../../src/protocols/iq/session-evidence.ts';
import { parseUploadMetadata } from '../../../src/protocols/iq/upload-metadata.ts';
import { readIqScenario, transactionsOf } from '../../support/iq-scenario.ts';

const OPTIONS = {
  recoverFailed: false,
  chunksMax: 10_000,
  missingRangesMax: 100,
  conflictsMax: 100,
};
/** The fixtures' stand-in for the program id of generation 1L, which was never published. */
const PROGRAM_1L = '6TwmMJ';

function recordsOf(name: string, mode: IqReaderMode = 'auto', programs: readonly string[] = []) {
  const scenario = readIqScenario(name);
  const filter = compileIqFilter({ mode, programs, sessions: [] });
  const found = transactionsOf(scenario).map((transaction) =>
    extractIqRecords(transaction, filter),
  );
  return {
    expected: scenario.expected,
    finalizeSignature: scenario.finalizeSignature,
    records: found.flatMap(({ records }) => records),
    ignored: found.flatMap(({ ignored }) => ignored),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function onlySession(name: string, mode: IqReaderMode = 'auto', programs: readonly string[] = []) {
  const { expected, records, ignored, finalizeSignature } = recordsOf(name, mode, programs);
  const decisions = collectEvidence(records).flatMap((evidence) =>
    decideSession(evidence, OPTIONS),
  );
  const decision = decisions.find(({ session }) => session === expected.sessionPda);
  assert(decision, `${name} has no decision for its session`);
  assert.equal(decisions.length, 1);
  return { expected, decision, ignored, finalizeSignature };
}

function fileOf({ decision }: ReturnType<typeof onlySession>) {
  const pieces = decision.chosen.map(({ ref, method }): UploadPiece => ({ payload: ref, method }));
  const { filetype } = parseUploadMetadata(decision.finalize?.metadata ?? null);
  return joinSession(pieces, { generation: decision.generation, filetype, choice: 'auto' });
}

for (const name of [
  'session_ok',
  'session_account_closed',
  'session_db_code_in',
  'session_duplicate_identical',
  'session_failed_tx',
  'session_failed_tx_older',
  'session_finalize_before_last_chunks',
  'session_foreign_chunk',
  'session_two_chunks_per_tx',
  'session_utf8_text',
  'hybrid_pinocchio_base64_per_chunk',
  'hybrid_pinocchio_base64_whole_split',
  'hybrid_pinocchio_raw_method1',
]) {
  test(`${name}: the session is complete and its file is the expected one`, () => {
    const result = onlySession(name);
    const { decision, expected } = result;
    assert.equal(decision.state, 'complete');
    assert.equal(decision.totalChunks, expected.totalChunks);
    assert.equal(decision.chosen.length, expected.totalChunks);
    assert.equal(decision.sessionId, expected.sessionId ?? null);
    assert.equal(decision.finalize?.signature, result.finalizeSignature);
    assert.equal(decision.finalize?.merkleRoot, expected.merkleRoot ?? null);
    if (expected.owner !== undefined) assert.equal(decision.owner, expected.owner);
    assert.deepEqual([decision.missing, decision.conflicts], [[], []]);
    const file = fileOf(result);
    assert.equal(file.bytes.length, expected.fileLength);
    assert.equal(sha256(file.bytes), expected.fileSha256);
    assert.deepEqual(result.ignored, []);
  });
}

test('text keeps its bytes, binary is decoded, and the choice is reported', () => {
  assert.equal(fileOf(onlySession('session_utf8_text')).decode, 'none');
  assert.equal(fileOf(onlySession('session_ok')).decode, 'base64');
  assert.equal(fileOf(onlySession('hybrid_pinocchio_raw_method1')).decode, 'none');
  assert.equal(fileOf(onlySession('hybrid_pinocchio_base64_whole_split')).doubtful, true);
  assert.equal(fileOf(onlySession('hybrid_pinocchio_base64_per_chunk')).doubtful, false);
});

for (const name of ['session_missing_chunk', 'session_missing_tail']) {
  test(`${name}: the session is incomplete and names what lacks`, () => {
    const { decision, expected } = onlySession(name);
    assert.equal(decision.state, 'incomplete');
    assert.deepEqual(
      decision.missing,
      expected.missing?.map((index) => [index, index]),
    );
    assert.equal(decision.missingCount, 1);
  });
}

for (const name of ['hybrid_legacy_post_hybrid_chunk', 'hybrid_legacy_04f7_finalize_bundle']) {
  for (const mode of ['legacy', 'passthrough'] as const) {
    test(`${name}: mode ${mode} reads the listed program, and auto does not`, () => {
      const scenario = readIqScenario(name);
      const program = Object.values(scenario.rpc.getTransaction)
        .flatMap(({ transaction }) => transaction.message.accountKeys)
        .find((key) => key.startsWith(PROGRAM_1L));
      assert(program);
      const result = onlySession(name, mode, [program]);
      assert.equal(result.decision.state, 'complete');
      assert.equal(sha256(fileOf(result).bytes), result.expected.fileSha256);
      assert.deepEqual(recordsOf(name, 'auto', [program]).records, []);
      assert.deepEqual(recordsOf(name, 'pinocchio', [program]).records, []);
    });
  }
}

test('a foreign chunk in a failed transaction is counted, and a look-alike program is not read', () => {
  const { decision } = onlySession('session_foreign_chunk');
  assert.deepEqual(decision.warnings, [{ code: 'foreign-signer', count: 1 }]);
});

test('linked_list_ok: the links lead from the tail to the head and make the expected file', () => {
  const { records, expected } = recordsOf('linked_list_ok');
  const tail = records.find((record) => record.type === 'tail');
  assert(tail);
  const walk = walkLinkedList(tail, indexLinks(records), { recoverFailed: false, linksMax: 100 });
  assert.equal(walk.state, 'complete');
  assert.equal(walk.links.length, expected.totalChunks);
  const { filetype } = parseUploadMetadata(tail.metadata);
  const file = joinSession(walk.links, { generation: '3', filetype, choice: 'auto' });
  assert.equal(sha256(file.bytes), expected.fileSha256);
});

test('legacy_FG5n_text: a generation 0 list is plain text', () => {
  const { records, expected } = recordsOf('legacy_FG5n_text');
  const tail = records.find((record) => record.type === 'tail');
  assert(tail);
  assert.equal(tail.contentType, 'text');
  const walk = walkLinkedList(tail, indexLinks(records), { recoverFailed: false, linksMax: 100 });
  assert.equal(walk.state, 'complete');
  const joined = joinSession(walk.links, { generation: '0', filetype: null, choice: 'auto' });
  const file = readGeneration0Text(joined.bytes, tail.contentType);
  assert.equal(sha256(file.bytes), expected.fileSha256);
});

test('inline: the file is the data of the metadata', () => {
  const { records, expected } = recordsOf('inline');
  assert.equal(records.length, 1);
  const [record] = records;
  assert(record?.type === 'inline');
  const { data, filetype } = parseUploadMetadata(record.metadata);
  const piece = { payload: Buffer.from(data ?? ''), method: 0 };
  const file = joinSession([piece], { generation: '3', filetype, choice: 'auto' });
  assert.equal(sha256(file.bytes), expected.fileSha256);
});
