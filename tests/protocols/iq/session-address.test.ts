import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PublicKey } from '@solana/web3.js';
import { isCurvePoint, sessionAddressOf } from '../../../src/protocols/iq/session-address.ts';
import { decideSession } from '../../../src/protocols/iq/session-assembly.ts';
import { collectEvidence } from '../../../src/protocols/iq/session-evidence.ts';
import { chunkRecord, createRecord, finalizeRecord } from '../../support/iq-evidence.ts';

const path = new URL('../../fixtures/iq/sdk_vectors/sdk_0_1_22_vectors.json', import.meta.url);
const { program, pdas } = JSON.parse(readFileSync(path, 'utf8'));

test('session addresses are those the official SDK derives', () => {
  assert.equal(pdas.sessions.length, 7);
  for (const { seq, pda } of pdas.sessions) {
    assert.equal(sessionAddressOf(program, pdas.user, seq), pda);
  }
});

test('arguments that are no key or no u64 give no address', () => {
  assert.equal(sessionAddressOf('x', pdas.user, '0'), undefined);
  assert.equal(sessionAddressOf(program, 'owner', '0'), undefined);
  assert.equal(sessionAddressOf(program, pdas.user, '-1'), undefined);
  assert.equal(sessionAddressOf(program, pdas.user, '18446744073709551616'), undefined);
});

test('curve points are told from other bytes as web3.js tells them', () => {
  let points = 0;
  for (let seed = 0; seed < 64; seed++) {
    const bytes = new Uint8Array(32).map((_, i) => (seed * 31 + i * i * 17 + i * seed) & 0xff);
    assert.equal(isCurvePoint(bytes), PublicKey.isOnCurve(bytes), `seed ${seed}`);
    if (isCurvePoint(bytes)) points++;
  }
  assert(points > 10 && points < 54);
});

test('who the session address derives from owns it, whoever else finalized it later', () => {
  const { seq, pda: session } = pdas.sessions[3];
  const at = { program, session, seq };
  const mine = { signer: pdas.user, generation: '3' as const };
  const thief = { ...mine, signer: 'thief' };
  const records = [
    { ...createRecord({ ...thief, slot: 0 }), ...at },
    { ...chunkRecord(0, 'a', mine), ...at },
    { ...finalizeRecord(1, mine), ...at },
    { ...finalizeRecord(2, { ...thief, slot: 5000 }), ...at },
  ];
  const [decision] = collectEvidence(records).flatMap((evidence) =>
    decideSession(evidence, {
      ...{ recoverFailed: false, chunksMax: 10, missingRangesMax: 1, conflictsMax: 1 },
    }),
  );
  assert.deepEqual([decision?.owner, decision?.state], [pdas.user, 'complete']);
  assert.deepEqual(decision?.warnings, [{ code: 'foreign-signer', count: 2 }]);
});
