import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeBase58, encodeBase58 } from '../../../src/core/base58.ts';
import { OperatingError } from '../../../src/core/errors.ts';
import { chainOrder } from '../../../src/sources/rpc/chain-order.ts';
import { fetchTransactions } from '../../../src/sources/rpc/fetch-transactions.ts';
import type { FetchedTransactions } from '../../../src/sources/rpc/transaction-reader.ts';
import { rpcClient, transactionReader } from '../../support/rpc-client.ts';
import { loadScenario, type RpcServer, startRpcServer } from '../../support/rpc-server.ts';

const never = new AbortController().signal;
const scenario = loadScenario('session_failed_tx');
const ordered = chainOrder([
  (scenario.rpc.getSignaturesForAddress[scenario.focus] ?? []).map(({ signature, slot }) => ({
    signature,
    slot,
    failed: false,
    transactionIndex: null,
  })),
]);
const [first, second] = ordered;
assert(first !== undefined && second !== undefined);
const recorded = scenario.rpc.getTransaction[first.signature];
const wire = scenario.rpc.transactionWireBase64[first.signature] ?? '';

/** An endpoint whose every answer is the recorded transaction with some fields replaced. */
function startLyingServer(changed: Record<string, unknown>): Promise<RpcServer> {
  const result = { ...recorded, transaction: [wire, 'base64'], ...changed };
  return startRpcServer({ answer: () => ({ result }) });
}

async function fetchFirst(server: RpcServer) {
  const { signature, slot } = first ?? { signature: '', slot: 0 };
  const reference = { signature, slot, transactionIndex: 4, failed: null };
  return await transactionReader(rpcClient(server.url)).fetch([reference], never);
}

test('transactions come oldest first in bounded batches, as wire bytes with what their status says', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const reader = transactionReader(rpcClient(server.url));
  const batches: FetchedTransactions[] = [];
  for await (const batch of fetchTransactions(reader, ordered, 5, never)) batches.push(batch);
  assert.deepEqual(
    batches.map(({ transactions }) => transactions.length),
    [5, 5, 5, 2],
  );
  assert(batches.every(({ missing }) => missing.length === 0));
  const found = batches.flatMap(({ transactions }) => transactions);
  for (const [index, transaction] of found.entries()) {
    const { signature } = transaction;
    assert.equal(signature, ordered[index]?.signature);
    assert.equal(
      transaction.wire.toString('base64'),
      scenario.rpc.transactionWireBase64[signature],
    );
    const reply = scenario.rpc.getTransaction[signature];
    assert.equal(transaction.slot, reply?.['slot']);
    assert.equal(transaction.blockTime, reply?.['blockTime']);
    const meta = reply?.['meta'] as { err: unknown; fee: number };
    assert.equal(transaction.meta.failed, meta.err !== null);
    assert.equal(transaction.meta.fee, BigInt(meta.fee));
  }
  assert.equal(found.filter(({ meta }) => meta.failed).length, 1);
});

test('inner instructions, loaded addresses and the position in the block are read', async () => {
  const key = encodeBase58(Uint8Array.from({ length: 32 }, (_unused, i) => i + 1));
  const other = encodeBase58(Uint8Array.from({ length: 32 }, (_unused, i) => i + 2));
  const instruction = { programIdIndex: 3, accounts: [0, 2], data: '3Bxs', stackHeight: 2 };
  await using server = await startLyingServer({
    transactionIndex: 812,
    meta: {
      err: null,
      fee: 5000,
      innerInstructions: [{ index: 1, instructions: [instruction] }],
      loadedAddresses: { writable: [key], readonly: [other] },
    },
  });
  const [transaction] = (await fetchFirst(server)).transactions;
  assert.equal(transaction?.transactionIndex, 812);
  assert.deepEqual(transaction.meta.innerInstructions, [
    {
      outer: 1,
      instructions: [
        {
          programIndex: 3,
          accounts: Uint8Array.of(0, 2),
          data: decodeBase58('3Bxs'),
          stackHeight: 2,
        },
      ],
    },
  ]);
  assert.deepEqual(transaction.meta.loadedWritable, decodeBase58(key));
  assert.deepEqual(transaction.meta.loadedReadonly, decodeBase58(other));
});

test('the newest version is asked for, and an older one where an endpoint does not know it', async () => {
  await using server = await startRpcServer({ scenarios: [scenario], versionMax: 0 });
  const reader = transactionReader(rpcClient(server.url));
  for await (const { missing } of fetchTransactions(reader, ordered.slice(0, 4), 2, never)) {
    assert.deepEqual(missing, []);
  }
  const versions = server.received.map(
    ({ params }) => (params[1] as Record<string, unknown>)['maxSupportedTransactionVersion'],
  );
  assert.deepEqual(versions, [1, 1, 0, 0, 0, 0]);
});

test('null is asked again, and reported as missing when it stays', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const reader = transactionReader(rpcClient(server.url, { concurrencyMax: 1 }));
  server.fail({ type: 'reply', reply: { result: null } }, 2);
  const late = await reader.fetch([first, second], never);
  assert.deepEqual(late.missing, []);
  assert.equal(server.received.length, 4);

  const unknown = encodeBase58(new Uint8Array(64).fill(7));
  const reference = { signature: unknown, slot: null, transactionIndex: 0, failed: null };
  const pruned = await reader.fetch([first, reference, second], never);
  assert.deepEqual(
    pruned.transactions.map(({ signature }) => signature),
    [first.signature, second.signature],
  );
  assert.equal(pruned.missing[0]?.signature, unknown);
  assert.equal(pruned.missing[0]?.error.code, 'RPC_PRUNED');
  assert.match(pruned.missing[0]?.error.message ?? '', /received null 3 times/);
});

for (const code of [-32001, -32004, -32007, -32009, -32015]) {
  test(`error ${code} makes one transaction missing, not the whole batch`, async () => {
    await using server = await startRpcServer({ scenarios: [scenario] });
    server.fail(
      { type: 'reply', reply: { error: { code, message: 'no' } } },
      code === -32004 ? 3 : 1,
    );
    const reader = transactionReader(rpcClient(server.url, { concurrencyMax: 1 }));
    const { transactions, missing } = await reader.fetch([first, second], never);
    assert.deepEqual(
      transactions.map(({ signature }) => signature),
      [second.signature],
    );
    assert.deepEqual(
      missing.map(({ signature, slot }) => ({ signature, slot })),
      [{ signature: first.signature, slot: first.slot }],
    );
    assert.equal(missing[0]?.error.fields['rpcCode'], code);
  });
}

test('an endpoint without any history ends the fetch', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const reply = { error: { code: -32011, message: 'Transaction history is not available' } };
  server.fail({ type: 'reply', reply }, 100);
  await assert.rejects(
    fetchFirst(server),
    (error) => error instanceof OperatingError && error.code === 'RPC_PRUNED',
  );
});

test('an unreachable endpoint ends the fetch', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  server.fail({ type: 'disconnect' }, 100);
  await assert.rejects(
    fetchFirst(server),
    (error) => error instanceof OperatingError && error.code === 'RPC_UNREACHABLE',
  );
});

const meta = recorded?.['meta'] as object;
const inner = (data: string) => [
  { index: 0, instructions: [{ programIdIndex: 0, accounts: [], data }] },
];
const lies: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
  ['another slot', { slot: 1 }, /expected slot 4\d+, received 1/],
  ['no wire bytes', { transaction: null }, /transaction/],
  ['wire bytes that are no base64', { transaction: ['@@@@', 'base64'] }, /transaction/],
  ['a transaction over the limit', { transaction: ['A'.repeat(6000), 'base64'] }, /transaction/],
  ['another encoding', { transaction: ['2VG1ew', 'base58'] }, /transaction/],
  [
    'inner data that is no base58',
    { meta: { ...meta, innerInstructions: inner('0OIl') } },
    /base58/,
  ],
  ['huge inner data', { meta: { ...meta, innerInstructions: inner('1'.repeat(20_000)) } }, /data/],
  [
    'a loaded address that is none',
    { meta: { ...meta, loadedAddresses: { writable: ['1'], readonly: [] } } },
    /public key/,
  ],
  ['no metadata', { meta: null }, /does not know whether it succeeded/],
];

for (const [name, changed, pattern] of lies) {
  test(`a reply with ${name} makes the transaction missing, with the reason`, async () => {
    await using server = await startLyingServer(changed);
    const { transactions, missing } = await fetchFirst(server);
    assert.deepEqual(transactions, []);
    assert.equal(missing[0]?.error.code, 'RECORD_MALFORMED');
    assert.match(missing[0]?.error.message ?? '', pattern);
  });
}

test('where metadata is gone, the signature list says whether a transaction failed', async () => {
  await using server = await startLyingServer({ meta: null });
  const reference = { ...first, failed: true };
  const reader = transactionReader(rpcClient(server.url));
  const [transaction] = (await reader.fetch([reference], never)).transactions;
  assert.equal(transaction?.meta.failed, true);
  assert.equal(transaction.meta.innerInstructions, null);
});

test('an abort ends the wait for a transaction that is null so far', async () => {
  await using server = await startRpcServer({ answer: () => ({ result: null }) });
  const abort = new AbortController();
  const reader = transactionReader(rpcClient(server.url), {
    nullBackoff: { firstMs: 1e6, maxMs: 1e6 },
  });
  const fetching = reader.fetch([first], abort.signal);
  setTimeout(() => abort.abort(), 20);
  await assert.rejects(
    fetching,
    (error) => error instanceof OperatingError && error.code === 'CANCELLED',
  );
});
