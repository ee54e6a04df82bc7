import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { BlockReader } from '../../../src/sources/rpc/block-reader.ts';
import { chainBeyondSamples } from '../../support/recorded-chain.ts';
import { rpcClient } from '../../support/rpc-client.ts';
import { type RpcServer, startRpcServer } from '../../support/rpc-server.ts';

/** Goal: blocks come whole or not at all, and what an endpoint says instead is never mistaken for a skipped slot. */

const never = new AbortController().signal;
const FIRST = 254_170_887;
const BLOCK_BYTES_MAX = 16_000_000;

function readerOf(server: RpcServer): BlockReader {
  return new BlockReader(rpcClient(server.url, { replyBytesMax: BLOCK_BYTES_MAX }));
}

function failsWith(code: string, retryable: boolean, message: RegExp) {
  return (error: unknown) => {
    assert(error instanceof OperatingError);
    assert.deepEqual([error.code, error.retryable], [code, retryable], error.message);
    assert.match(error.message, message);
    return true;
  };
}

test('a block comes with its place in the chain and all that was asked for', async () => {
  const chain = chainBeyondSamples(FIRST + 100);
  await using server = await startRpcServer({ answer: chain.answer });
  const block = await readerOf(server).readBlock(FIRST, never);
  const { answer, ...header } = block;
  assert.deepEqual(header, {
    slot: FIRST,
    parentSlot: 254_170_886,
    blockhash: '5GG5pzTbH6KgZM54M9XWfBNmBupQuZXdQxoZRRQXHcpM',
    previousBlockhash: '9BMHTdybcGah8PWtCzu8tVFDBXmiEHZZDf3FaZ651Nf',
  });
  assert.deepEqual(answer, chain.blocks.get(FIRST));
  assert.deepEqual(server.received, [
    {
      method: 'getBlock',
      params: [
        FIRST,
        {
          ...{ transactionDetails: 'full', rewards: true, encoding: 'base64' },
          ...{ commitment: 'finalized', maxSupportedTransactionVersion: 1 },
        },
      ],
    },
  ]);
});

test('the finalized tip and the slots that have a block are asked for in bounds', async () => {
  const chain = chainBeyondSamples(FIRST + 100);
  await using server = await startRpcServer({ answer: chain.answer });
  const reader = readerOf(server);
  assert.equal(await reader.finalizedSlot(never), FIRST + 100);
  const slots = await reader.listSlots({ start: FIRST, end: FIRST + 5 }, never);
  assert.deepEqual(slots, [FIRST, FIRST + 2, FIRST + 3, FIRST + 4]);
  const [, asked] = server.received;
  assert.deepEqual(asked?.params, [FIRST, FIRST + 4, { commitment: 'finalized' }]);
});

test('lists that are not ascending or not of the range are refused', async () => {
  for (const list of [[FIRST + 1, FIRST], [FIRST, FIRST], [FIRST, FIRST + 9], [FIRST - 1]]) {
    await using server = await startRpcServer({ answer: () => ({ result: list }) });
    await assert.rejects(
      readerOf(server).listSlots({ start: FIRST, end: FIRST + 5 }, never),
      failsWith('RPC_UNREACHABLE', true, /ascending slots of 254170887:254170891/),
    );
  }
});

test('an endpoint that knows no version 1 is asked for version 0, and from then on only so', async () => {
  const chain = chainBeyondSamples(FIRST + 100);
  chain.versionKnown = 0;
  await using server = await startRpcServer({ answer: chain.answer });
  const reader = readerOf(server);
  assert.equal((await reader.readBlock(FIRST, never)).slot, FIRST);
  assert.equal((await reader.readBlock(FIRST + 2, never)).slot, FIRST + 2);
  const versions = server.received.map(({ params }) => {
    const config = params[1] as { readonly maxSupportedTransactionVersion: number };
    return config.maxSupportedTransactionVersion;
  });
  assert.deepEqual(versions, [1, 0, 0]);
});

const SAID: readonly (readonly [number, string, boolean, RegExp])[] = [
  [-32015, 'RPC_REFUSED', false, /block 254170887 .*at most version 1, received a newer one/],
  [-32009, 'RPC_UNREACHABLE', true, /RPC error -32009.*listed was 254170887/],
  [-32007, 'RPC_UNREACHABLE', true, /RPC error -32007.*listed was 254170887/],
  [-32004, 'RPC_PRUNED', true, /RPC error -32004/],
  [-32014, 'RPC_UNREACHABLE', true, /RPC error -32014/],
  [-32001, 'RPC_PRUNED', false, /RPC error -32001/],
  [-32602, 'RPC_REFUSED', false, /RPC error -32602/],
];

for (const [code, expected, retryable, message] of SAID) {
  test(`error ${code} for a listed slot`, async () => {
    const answer = () => ({ error: { code, message: 'no block' } });
    await using server = await startRpcServer({ answer });
    await assert.rejects(
      readerOf(server).readBlock(FIRST, never),
      failsWith(expected, retryable, message),
    );
  });
}

test('null, a block without its transactions and transactions without status are no blocks', async () => {
  const block = chainBeyondSamples(FIRST + 100).blocks.get(FIRST + 2);
  assert(block !== undefined);
  const [first, ...others] = block.transactions;
  const bare = [{ ...Object(first), meta: null }, ...others];
  for (const [result, retryable] of [
    [null, true],
    [{ ...block, transactions: undefined, signatures: ['x'] }, false],
    [{ ...block, transactions: bare }, false],
    [{ ...block, parentSlot: -1 }, false],
  ] as const) {
    await using server = await startRpcServer({ answer: () => ({ result }) });
    await assert.rejects(
      readerOf(server).readBlock(FIRST + 2, never),
      failsWith('RPC_UNREACHABLE', retryable, /getBlock/),
    );
  }
});

test('a block larger than the bound is refused', async () => {
  const chain = chainBeyondSamples(FIRST + 100);
  await using server = await startRpcServer({ answer: chain.answer });
  const reader = new BlockReader(rpcClient(server.url, { replyBytesMax: 100_000 }));
  await assert.rejects(
    reader.readBlock(FIRST, never),
    failsWith('RPC_REFUSED', false, /at most 100000 bytes/),
  );
});
