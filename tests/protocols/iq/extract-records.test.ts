import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePublicKey, encodeBase58 } from '../../../src/core/base58.ts';
import { extractIqRecords } from '../../../src/protocols/iq/extract-records.ts';
import { KNOWN_IQ_PROGRAMS } from '../../../src/protocols/iq/iq-programs.ts';
import { compileIqFilter } from '../../../src/protocols/iq/registry.ts';
import { sampleKey, sampleTransaction } from '../../support/iq-transaction.ts';

const [, GEN_1P = '', GEN_3 = ''] = KNOWN_IQ_PROGRAMS.map(({ id }) => id);
const PROGRAM_3 = decodePublicKey(GEN_3) ?? new Uint8Array(32);
const PROGRAM_1P = decodePublicKey(GEN_1P) ?? new Uint8Array(32);
const PAYER = sampleKey(1);
const USER = sampleKey(2);
const SESSION = sampleKey(3);
const AUTO = compileIqFilter({ mode: 'auto', programs: [], sessions: [] });

const POST_CHUNK = Buffer.from('d108657ba5cd6c3605000000090000007061727420666976650000', 'hex');
const CHUNK_1P = Buffer.concat([
  Buffer.of(4),
  sampleKey(5).subarray(0, 16),
  Buffer.from('\0\0\0\0\x01abc'),
]);

function postChunk(sample: {
  failed?: boolean;
  inner?: number;
  accounts?: number[];
  data?: Buffer;
}) {
  return sampleTransaction({
    failed: sample.failed ?? false,
    keys: [PAYER, USER, SESSION, PROGRAM_3],
    instructions: [
      {
        ...{
          data: sample.data ?? POST_CHUNK,
          accounts: sample.accounts ?? [1, 2],
          programIndex: 3,
        },
        ...(sample.inner === undefined ? {} : { inner: sample.inner }),
      },
    ],
  });
}

test('a chunk carries its position, its session and the bytes as they stand', () => {
  const { records, ignored } = extractIqRecords(postChunk({ inner: 4 }), AUTO);
  assert.deepEqual(ignored, []);
  const [record] = records;
  assert(record?.type === 'chunk');
  assert.deepEqual(record.position, { slot: 1, transactionIndex: 0, outer: 0, inner: 4 });
  assert.equal(record.session, encodeBase58(SESSION));
  assert.equal(record.program, GEN_3);
  assert.equal(Buffer.from(record.payload).toString(), 'part five');
});

test('the first account acted when the program enforced its signature, else who really signed', () => {
  const signerOf = (failed: boolean) =>
    extractIqRecords(postChunk({ failed }), AUTO).records[0]?.signer;
  assert.equal(signerOf(false), encodeBase58(USER));
  assert.equal(signerOf(true), encodeBase58(PAYER));
});

test('malformed data of a known program is listed with its reason and place', () => {
  const cut = extractIqRecords(postChunk({ data: POST_CHUNK.subarray(0, 20) }), AUTO);
  assert.deepEqual(cut.records, []);
  assert.match(cut.ignored[0]?.reason ?? '', /post_chunk/);
  assert.equal(cut.ignored[0]?.position.slot, 1);
  const noAccount = extractIqRecords(postChunk({ accounts: [1] }), AUTO);
  assert.match(noAccount.ignored[0]?.reason ?? '', /account 1 is missing/);
});

test('account and program indexes beyond the keys are survived', () => {
  const { ignored } = extractIqRecords(postChunk({ accounts: [250, 251] }), AUTO);
  assert.equal(ignored.length, 1);
  const transaction = sampleTransaction({
    keys: [PAYER],
    instructions: [{ data: POST_CHUNK, accounts: [], programIndex: 200 }],
  });
  assert.deepEqual(extractIqRecords(transaction, AUTO), { records: [], ignored: [] });
});

test('a finalize whose path is not its session account is ignored', () => {
  const path = Buffer.from(encodeBase58(sampleKey(9)));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(path.length);
  const data = Buffer.concat([
    Buffer.from('51b1057ad57d15ee', 'hex'),
    ...[length, path, Buffer.alloc(4)],
    Buffer.from('01000000000000000002000000', 'hex'),
  ]);
  const { records, ignored } = extractIqRecords(
    postChunk({ data, accounts: [1, 1, 1, 1, 2] }),
    AUTO,
  );
  assert.deepEqual(records, []);
  assert.match(ignored[0]?.reason ?? '', /is not the session account/);
});

test('a session list keeps the listed sessions and drops uploads without one', () => {
  const sessions = [encodeBase58(SESSION)];
  const listed = compileIqFilter({ mode: 'auto', programs: [], sessions });
  assert.equal(extractIqRecords(postChunk({}), listed).records.length, 1);
  assert.deepEqual(extractIqRecords(postChunk({ accounts: [1, 1] }), listed).records, []);
  const link = Buffer.from(
    'ef8123d03ea86ec9080000006368756e6b20c3a90700000047656e657369730000',
    'hex',
  );
  assert.equal(extractIqRecords(postChunk({ data: link }), AUTO).records[0]?.type, 'link');
  assert.deepEqual(extractIqRecords(postChunk({ data: link }), listed), {
    records: [],
    ignored: [],
  });
});

test('generation 1 finds a listed session at another place of the account list', () => {
  const transaction = sampleTransaction({
    keys: [PAYER, USER, SESSION, PROGRAM_1P],
    instructions: [{ data: CHUNK_1P, accounts: [0, 1, 2], programIndex: 3 }],
  });
  const sessionOf = (sessions: string[]) => {
    const filter = compileIqFilter({ mode: 'auto', programs: [], sessions });
    const record = extractIqRecords(transaction, filter).records[0];
    return record?.type === 'chunk' ? record.session : undefined;
  };
  assert.equal(sessionOf([]), encodeBase58(USER));
  assert.equal(sessionOf([encodeBase58(SESSION)]), encodeBase58(SESSION));
  assert.equal(sessionOf([encodeBase58(sampleKey(99))]), undefined);
});

test('under any program what does not fit is passed over without a word', () => {
  const filter = compileIqFilter({ mode: 'pinocchio', programs: [], sessions: [] });
  const transaction = sampleTransaction({
    keys: [PAYER, USER, SESSION],
    instructions: [
      { data: Buffer.from('040100000000000000', 'hex'), accounts: [0, 1], programIndex: 2 },
      { data: CHUNK_1P, accounts: [0, 1], programIndex: 2 },
    ],
  });
  const { records, ignored } = extractIqRecords(transaction, filter);
  assert.deepEqual([records.length, ignored], [1, []]);
  assert.equal(records[0]?.program, encodeBase58(SESSION));
});
