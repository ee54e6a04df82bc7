import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeGeneration0 } from '../../../src/protocols/iq/decode-generation-0.ts';
import { decodeGeneration1l } from '../../../src/protocols/iq/decode-generation-1l.ts';
import { decodeGeneration1p } from '../../../src/protocols/iq/decode-generation-1p.ts';
import { decodeGeneration3 } from '../../../src/protocols/iq/decode-generation-3.ts';
import type { DecodeInstruction } from '../../../src/protocols/iq/iq-instruction.ts';

const FIXTURES = new URL('../../fixtures/iq/', import.meta.url);

function fixture(path: string) {
  return JSON.parse(readFileSync(new URL(path, FIXTURES), 'utf8'));
}

function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** The decoded instruction without the payload's type, for comparison with plain values. */
function decoded(decode: DecodeInstruction, data: Uint8Array) {
  const instruction = decode(data);
  if (instruction?.type !== 'chunk' && instruction?.type !== 'link') return instruction;
  return { ...instruction, payload: Buffer.from(instruction.payload).toString('latin1') };
}

function reasonOf(decode: DecodeInstruction, data: Uint8Array): string {
  const instruction = decode(data);
  assert.equal(instruction?.type, 'malformed');
  return instruction.reason;
}

const { ix, pdas } = fixture('sdk_vectors/sdk_0_1_22_vectors.json');
const vectors = new Map<string, Uint8Array>(
  fixture('synthetic/decode_vectors.json').vectors.map((vector: { name: string; hex: string }) => [
    vector.name,
    hex(vector.hex),
  ]),
);

function vector(name: string): Uint8Array {
  const data = vectors.get(name);
  assert(data, name);
  return data;
}

test('generation 3 reads what the official SDK writes', () => {
  const metadata =
    '{"filetype":"application/octet-stream","method":0,"filename":"3.bin","total_chunks":12}';
  const session = pdas.sessions[3].pda;
  const finalize = {
    ...{ type: 'finalize', sessionAccount: 4, claimedSession: session, sessionId: null },
    ...{ totalChunks: 12, merkleRoot: null, seq: '3', metadata },
  };
  const read = (name: string) => decoded(decodeGeneration3, hex(ix[name].dataHex));
  assert.deepEqual(read('createSession'), { type: 'create', sessionAccount: 2, seq: '3' });
  assert.deepEqual(read('postChunk'), {
    ...{ type: 'chunk', sessionAccount: 1, sessionId: null },
    ...{ index: 5, method: 0, payload: 'part five' },
  });
  assert.deepEqual(read('inventorySession'), finalize);
  assert.deepEqual(read('dbCodeInSession'), finalize);
  assert.deepEqual(read('sendCode'), {
    ...{ type: 'link', payload: 'chunk Ã©', beforeTx: 'Genesis', method: 0, decodeBreak: 0 },
  });
  const linked = read('inventoryLinked');
  assert.equal(linked?.type, 'tail');
  assert.match(linked.tailSignature, /^4mJKEqjS/);
  const inline = read('inventoryInline');
  assert.equal(inline?.type, 'inline');
  assert.equal(JSON.parse(inline.metadata).data, 'hi "there" é');
  assert.equal(read('userInitialize'), undefined);
});

test('the accounts at the positions that a layout names are the session of the SDK vectors', () => {
  const session = pdas.sessions[3].pda;
  assert.equal(ix.createSession.keys[2].pubkey, session);
  assert.equal(ix.postChunk.keys[1].pubkey, session);
  assert.equal(ix.inventorySession.keys[4].pubkey, session);
  assert.equal(ix.dbCodeInSession.keys[4].pubkey, session);
});

test('generation 3 ignores bytes after the last field, and refuses what is cut or no UTF-8', () => {
  assert.deepEqual(decoded(decodeGeneration3, vector('post_chunk_trailing_bytes')), {
    ...{ type: 'chunk', sessionAccount: 1, sessionId: null, index: 5, method: 0, payload: 'a' },
  });
  assert.match(
    reasonOf(decodeGeneration3, vector('post_chunk_truncated')),
    /needs 9 bytes, 4 left/,
  );
  assert.match(reasonOf(decodeGeneration3, vector('post_chunk_bad_utf8')), /not UTF-8/);
});

test('every cut of every SDK instruction is malformed or nothing, never an exception', () => {
  for (const { dataHex } of Object.values<{ dataHex: string }>(ix)) {
    const data = hex(dataHex);
    const whole = decodeGeneration3(data);
    for (let length = 0; length < data.length; length++) {
      const cut = decodeGeneration3(data.subarray(0, length));
      if (length < 8 || whole === undefined) assert.equal(cut, undefined);
      else assert.equal(cut?.type, 'malformed');
    }
  }
});

test('a closing instruction with a session path but without a session is malformed', () => {
  const noSession = '51b1057ad57d15ee 01000000 41 00000000 00';
  assert.match(reasonOf(decodeGeneration3, hex(noSession)), /without a session/);
  const badOption = '51b1057ad57d15ee 01000000 41 00000000 02';
  assert.match(reasonOf(decodeGeneration3, hex(badOption)), /option 2/);
});

test('generation 0 reads four strings under the discriminator that generation 3 reads as bytes', () => {
  const closing = hex('2664a5f26389ce6c 01000000 68 02000000 7474 04000000 74657874 01000000 6f');
  assert.deepEqual(decodeGeneration0(closing), {
    ...{ type: 'tail', tailSignature: 'tt', metadata: null, contentType: 'text', offset: 'o' },
  });
  assert.equal(decodeGeneration3(closing)?.type, 'malformed');
  assert.match(reasonOf(decodeGeneration0, hex('2664a5f26389ce6c 01000000 68')), /tail_tx/);
  assert.equal(decodeGeneration0(hex(ix.postChunk.dataHex)), undefined);
});

const ID = '11'.repeat(16);

test('generation 1P reads index, method and payload, and a finalizer with or without a root', () => {
  assert.deepEqual(decoded(decodeGeneration1p, hex(`04${ID} 07000000 01 616263`)), {
    ...{ type: 'chunk', sessionAccount: 1, sessionId: ID, index: 7, method: 1, payload: 'abc' },
  });
  const finalize = {
    ...{ type: 'finalize', sessionAccount: 1, claimedSession: null, sessionId: ID },
    ...{ totalChunks: 9, merkleRoot: null, seq: null, metadata: null },
  };
  assert.deepEqual(decodeGeneration1p(hex(`05${ID} 09000000`)), finalize);
  assert.deepEqual(decodeGeneration1p(hex(`05${ID} 09000000 ${'ab'.repeat(32)}`)), {
    ...finalize,
    merkleRoot: 'ab'.repeat(32),
  });
});

test('generation 1P takes a length and a string where the length ends inside the data', () => {
  assert.deepEqual(decoded(decodeGeneration1p, hex(`04${ID} 00000000 03000000 616263 00`)), {
    ...{ type: 'chunk', sessionAccount: 1, sessionId: ID, index: 0, method: 0, payload: 'abc' },
  });
  // The same length with nothing after the string is the usual form: method 3 and six bytes.
  const usual = decoded(decodeGeneration1p, hex(`04${ID} 00000000 03000000 616263`));
  assert.equal(usual?.type === 'chunk' ? usual.method : undefined, 3);
});

test('generation 1P refuses chunks without payload and data shorter than its fields', () => {
  assert.match(reasonOf(decodeGeneration1p, vector('pinocchio_chunk_empty_payload')), /payload/);
  assert.match(reasonOf(decodeGeneration1p, vector('spl_token_approve_not_a_chunk')), /21 bytes/);
  assert.equal(decodeGeneration1p(hex('06')), undefined);
  assert.equal(decodeGeneration1p(new Uint8Array(0)), undefined);
});

test('a chunk discriminator of generation 1L is no chunk of 1P, though it begins with its byte', () => {
  for (const discriminator of ['044bafd7c25bed4f', '04f78d7320c33748']) {
    const data = hex(`${discriminator} ${ID} 02000000 03000000 616263`);
    assert.equal(decodeGeneration1p(data), undefined);
    assert.deepEqual(decoded(decodeGeneration1l, data), {
      ...{ type: 'chunk', sessionAccount: 1, sessionId: ID, index: 2, method: 0, payload: 'abc' },
    });
  }
});

test('generation 1L reads the optional method, and a bundle finalizer without a session id', () => {
  const chunk = decoded(decodeGeneration1l, hex(`acc62c43cdf6460c ${ID} 00000000 01000000 61 05`));
  assert.equal(chunk?.type === 'chunk' ? chunk.method : undefined, 5);
  const bundle = decodeGeneration1l(hex('23a3d3b13f5ddb8a 02000000'));
  assert.equal(bundle?.type, 'finalize');
  assert.deepEqual([bundle.sessionId, bundle.totalChunks, bundle.merkleRoot], [null, 2, null]);
  const cut = hex(`acc62c43cdf6460c ${ID} 00000000 09000000 61`);
  assert.match(reasonOf(decodeGeneration1l, cut), /needs 9 bytes, 1 left/);
  assert.match(reasonOf(decodeGeneration1l, hex('18dabeb1e4537e7b 00')), /session id/);
});
