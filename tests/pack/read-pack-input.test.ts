import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decodeBase58, encodeBase58 } from '../../src/core/base58.ts';
import { OperatingError } from '../../src/core/errors.ts';
import type { PackBlock } from '../../src/pack/pack-block.ts';
import { readPackInput } from '../../src/pack/read-pack-input.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: every accepted form of input gives the same blocks, and a wrong one is told with file and place. */

const KEY = encodeBase58(Buffer.alloc(32, 7));
const SIGNATURE = encodeBase58(Buffer.alloc(64, 9));

/** One signature, one key, a blockhash and no instructions. */
const WIRE = Buffer.concat([
  Buffer.from([1]),
  Buffer.alloc(64, 9),
  Buffer.from([1, 0, 0, 1]),
  Buffer.alloc(64, 7),
  Buffer.from([0]),
]);

const MESSAGE = {
  header: {
    numRequiredSignatures: 1,
    numReadonlySignedAccounts: 0,
    numReadonlyUnsignedAccounts: 0,
  },
  accountKeys: [KEY],
  recentBlockhash: KEY,
  instructions: [] as object[],
};

const META = {
  err: null,
  fee: 5000,
  preBalances: [1],
  postBalances: [1],
  innerInstructions: null,
  logMessages: null,
};

function blockAt(parentSlot: number, meta: object | null = META): object {
  return {
    parentSlot,
    blockhash: KEY,
    previousBlockhash: KEY,
    blockTime: 1_700_000_000,
    blockHeight: null,
    rewards: [],
    transactions: [{ transaction: [WIRE.toString('base64'), 'base64'], meta, version: 'legacy' }],
  };
}

async function read(
  t: TestContext,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<PackBlock[]> {
  const folder = tempFolder(t);
  const paths = Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
  const found: PackBlock[] = [];
  const blocks = readPackInput(paths, new AbortController().signal);
  for await (const block of blocks) found.push(block);
  return found;
}

test('files named by their slot come in order of slots, whatever the order given', async (t) => {
  const found = await read(t, {
    '900.json': JSON.stringify(blockAt(20)),
    '20.json': JSON.stringify({ jsonrpc: '2.0', id: 1, result: blockAt(19) }),
    '1000.json.gz': gzipSync(JSON.stringify(blockAt(900))),
    '950.json.zst': zstdCompressSync(JSON.stringify(blockAt(900))),
  });
  assert.deepEqual(
    found.map(({ slot, parentSlot }) => [slot, parentSlot]),
    [
      [20, 19],
      [900, 20],
      [950, 900],
      [1000, 900],
    ],
  );
  for (const block of found) assert.deepEqual(Buffer.from(block.transactions[0]!.wire), WIRE);
});

test('transactions of lists and lines are brought together by slot and index', async (t) => {
  const item = (slot: number, index: number, fee: number): object => ({
    slot,
    index,
    blockTime: 1_700_000_000 + slot,
    transaction: WIRE.toString('base64'),
    meta: { ...META, fee },
  });
  const found = await read(t, {
    'some.jsonl': `${JSON.stringify(item(7, 1, 71))}\n\n${JSON.stringify(item(5, 0, 50))}\n`,
    'others.json': JSON.stringify([item(7, 0, 70), { ...item(9, 0, 90), meta: null }]),
  });
  assert.deepEqual(
    found.map(({ slot, parentSlot, blockTime }) => [slot, parentSlot, blockTime - 1_700_000_000]),
    [
      [5, 4, 5],
      [7, 5, 7],
      [9, 7, 9],
    ],
  );
  const fees = found[1]!.transactions.map(({ metadata }) => zstdDecompressSync(metadata)[1]);
  assert.deepEqual(fees, [70, 71]);
  assert.equal(found[2]!.transactions[0]!.metadata.length, 0);
});

test('a transaction written out as JSON becomes its wire bytes', async (t) => {
  const legacy = { signatures: [SIGNATURE], message: MESSAGE };
  const lookup = { accountKey: KEY, writableIndexes: [3], readonlyIndexes: [200, 4] };
  const instruction = {
    programIdIndex: 0,
    accounts: [0, 1],
    data: encodeBase58(Buffer.alloc(300, 1)),
  };
  const message = { ...MESSAGE, instructions: [instruction], addressTableLookups: [lookup] };
  const found = await read(t, {
    'list.json': JSON.stringify([
      { slot: 1, transaction: legacy, meta: null, version: 'legacy' },
      { slot: 2, transaction: { signatures: [SIGNATURE], message }, meta: null, version: 0 },
    ]),
  });
  assert.deepEqual(Buffer.from(found[0]!.transactions[0]!.wire), WIRE);
  assert.deepEqual(
    Buffer.from(found[1]!.transactions[0]!.wire),
    Buffer.concat([
      WIRE.subarray(0, 65),
      Buffer.from([0x80]),
      WIRE.subarray(65, WIRE.length - 1),
      Buffer.from([1, 0, 2, 0, 1, 0xac, 0x02]),
      Buffer.alloc(300, 1),
      Buffer.from([1]),
      Buffer.from(decodeBase58(KEY) ?? []),
      Buffer.from([1, 3, 2, 200, 4]),
    ]),
  );
});

test('balances beyond 2^53 stay exact', async (t) => {
  const text = JSON.stringify(blockAt(1)).replace(
    '"preBalances":[1]',
    '"preBalances":[18446744073709551615]',
  );
  const [block] = await read(t, { '2.json': text });
  const meta = zstdDecompressSync(block!.transactions[0]!.metadata);
  assert(meta.includes(Buffer.from('1a0affffffffffffffffff01', 'hex')));
});

test('rewards are sorted by key and keep their type and commission', async (t) => {
  const reward = (pubkey: string, rewardType: string, commission: number | null): object => ({
    pubkey,
    lamports: -3,
    postBalance: 12,
    rewardType,
    commission,
  });
  const rewards = [reward('b', 'Voting', 7), reward('a', 'fee', null)];
  const [block] = await read(t, { '2.json': JSON.stringify({ ...blockAt(1), rewards }) });
  const minusThree = '10fdffffffffffffffff01';
  assert.equal(
    zstdDecompressSync(block!.rewards ?? Buffer.alloc(0)).toString('hex'),
    `0a120a0161${minusThree}180c2001` + `0a150a0162${minusThree}180c20042a0137`,
  );
});

const refused: [string, Record<string, string>, RegExp][] = [
  ['text that is no JSON', { '5.json': '{"a":' }, /reading 5\.json: expected JSON, received/],
  ['a line that is no JSON', { 'a.jsonl': '\n{"a"\n' }, /reading a\.jsonl line 2: expected JSON/],
  [
    'a skipped slot',
    { '5.json': '{"result":null}' },
    /5\.json: at the top expected one getBlock answer/,
  ],
  [
    'an RPC error',
    { '5.json': '{"error":{"code":-32007,"message":"skipped"}}' },
    /5\.json: at error expected an RPC answer without error/,
  ],
  [
    'a block without transactions',
    { '5.json': '{"blockhash":"x","signatures":[]}' },
    /at the top expected one getBlock answer with transactions/,
  ],
  [
    'a slot against the name',
    { '5.json': JSON.stringify({ ...blockAt(1), slot: 6 }) },
    /at slot expected 5, as the file is named, received 6/,
  ],
  [
    'a negative fee',
    { '5.json': JSON.stringify(blockAt(1, { ...META, fee: -1 })) },
    /5\.json: at transactions\[0\]\.meta\.fee expected an unsigned 64-bit integer, received -1/,
  ],
  [
    'an unknown error',
    { '5.json': JSON.stringify(blockAt(1, { ...META, err: 'Nope' })) },
    /at transactions\[0\]\.meta\.err expected the name of a transaction error, received "Nope"/,
  ],
  [
    'cut wire bytes',
    {
      '5.json': JSON.stringify(blockAt(1)).replace(
        WIRE.toString('base64'),
        WIRE.subarray(0, 90).toString('base64'),
      ),
    },
    /at transactions\[0\]\.transaction expected a whole Solana transaction/,
  ],
  [
    'jsonParsed instructions',
    {
      '5.json': JSON.stringify(
        blockAt(1, {
          ...META,
          innerInstructions: [{ index: 0, instructions: [{ program: 'system', parsed: {} }] }],
        }),
      ),
    },
    /innerInstructions\[0\]\.instructions\[0\]\.accounts expected a list, received nothing/,
  ],
  [
    'one slot in two files',
    {
      '5.json': JSON.stringify(blockAt(1)),
      'more.json': JSON.stringify({ ...blockAt(1), slot: 5 }),
    },
    /received slot 5 twice/,
  ],
  [
    'something else',
    { 'x.json': '[1]' },
    /x\.json: at \[0\] expected a getBlock or getTransaction answer, received 1/,
  ],
];

for (const [what, files, message] of refused) {
  test(`${what} is refused with its place`, async (t) => {
    await assert.rejects(read(t, files), (error) => {
      assert(error instanceof OperatingError);
      assert.match(error.message, message);
      return true;
    });
  });
}
