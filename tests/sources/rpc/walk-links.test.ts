import assert from 'node:assert/strict';
import test from 'node:test';
import type { RpcTransaction } from '../../../src/sources/rpc/transaction-reply.ts';
import { type LinkBefore, walkLinks } from '../../../src/sources/rpc/walk-links.ts';
import { rpcClient, transactionReader } from '../../support/rpc-client.ts';
import { loadScenario, startRpcServer } from '../../support/rpc-server.ts';

const never = new AbortController().signal;
const scenario = loadScenario('linked_list_ok');
const tail = String(scenario.expected['tail']);

/** Reads `before_tx` out of a `send_code` by its place: it is the only signature or `Genesis` in the bytes. */
function linkBefore({ wire }: RpcTransaction): LinkBefore {
  const text = wire.toString('latin1');
  if (text.includes('Genesis')) return { type: 'first' };
  const before = Object.keys(scenario.rpc.getTransaction).find((other) => text.includes(other));
  return { type: 'link', signature: before ?? '' };
}

test('a list is followed from its tail to its first link', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const reader = transactionReader(rpcClient(server.url));
  const walked = await walkLinks(reader, tail, { linksMax: 100, linkBefore }, never);
  assert.deepEqual(walked.end, { type: 'first' });
  assert.equal(walked.transactions.length, 4);
  assert.equal(walked.transactions[0]?.signature, tail);
  const slots = walked.transactions.map(({ slot }) => slot);
  assert.deepEqual(
    slots,
    [...slots].sort((a, b) => b - a),
  );
});

test('a link that the endpoint does not have ends the walk and is named', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const reader = transactionReader(rpcClient(server.url));
  const whole = await walkLinks(reader, tail, { linksMax: 100, linkBefore }, never);
  const lost = whole.transactions[2]?.signature ?? '';
  const { [lost]: _lost, ...kept } = scenario.rpc.getTransaction;
  const broken = { ...scenario, rpc: { ...scenario.rpc, getTransaction: kept } };
  await using brokenServer = await startRpcServer({ scenarios: [broken] });
  const brokenReader = transactionReader(rpcClient(brokenServer.url));
  const walked = await walkLinks(brokenReader, tail, { linksMax: 100, linkBefore }, never);
  assert.equal(walked.transactions.length, 2);
  assert(walked.end.type === 'missing');
  assert.equal(walked.end.transaction.signature, lost);
  assert.equal(walked.end.transaction.error.code, 'RPC_PRUNED');
});

test('a list that comes back to itself ends, and so does one that is too long', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const reader = transactionReader(rpcClient(server.url));
  const back = () => ({ type: 'link', signature: tail }) as const;
  const looped = await walkLinks(reader, tail, { linksMax: 100, linkBefore: back }, never);
  assert.deepEqual(looped.end, { type: 'loop', signature: tail });
  assert.equal(looped.transactions.length, 1);
  const long = await walkLinks(reader, tail, { linksMax: 2, linkBefore }, never);
  assert.equal(long.transactions.length, 2);
  assert.equal(long.end.type, 'limit');
});
