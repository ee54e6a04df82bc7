import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { listSignatures } from '../../../src/sources/rpc/signature-list.ts';
import { rpcClient } from '../../support/rpc-client.ts';
import { loadScenario, startRpcServer } from '../../support/rpc-server.ts';

const never = new AbortController().signal;
const options = {
  commitment: 'confirmed',
  pagesMax: 25,
  pageSize: 5,
  before: null,
  until: null,
} as const;
const scenario = loadScenario('session_failed_tx');
const recorded = scenario.rpc.getSignaturesForAddress[scenario.focus] ?? [];
const all = recorded.map(({ signature }) => signature);

test('pages are read to the end, newest first, failed transactions included', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const list = await listSignatures(rpcClient(server.url), scenario.focus, options, never);
  assert.deepEqual(
    list.signatures.map(({ signature }) => signature),
    all,
  );
  assert.equal(list.pages, 4);
  assert.equal(list.truncated, false);
  assert(list.signatures.some(({ failed }) => failed));
  assert(list.signatures.some(({ failed }) => !failed));
  assert.deepEqual(
    server.received.map(({ params }) => params[1]),
    [undefined, all[4], all[9], all[14], all[16]].map((before) => ({
      limit: 5,
      commitment: 'confirmed',
      ...(before === undefined ? {} : { before }),
    })),
  );
});

test('an endpoint that gives less than was asked for loses nothing', async () => {
  await using server = await startRpcServer({ scenarios: [scenario], pageSizeMax: 3 });
  const list = await listSignatures(rpcClient(server.url), scenario.focus, options, never);
  assert.deepEqual(
    list.signatures.map(({ signature }) => signature),
    all,
  );
});

test('a list longer than the page limit counts as truncated', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const short = { ...options, pagesMax: 2 };
  const list = await listSignatures(rpcClient(server.url), scenario.focus, short, never);
  assert.deepEqual(
    list.signatures.map(({ signature }) => signature),
    all.slice(0, 10),
  );
  assert.equal(list.truncated, true);
});

test('a list that ends exactly at the page limit does not count as truncated', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const exact = { ...options, pagesMax: 1, pageSize: all.length };
  const list = await listSignatures(rpcClient(server.url), scenario.focus, exact, never);
  assert.equal(list.signatures.length, all.length);
  assert.equal(list.truncated, false);
});

test('a list can end before a known signature', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const newer = { ...options, until: all[7] ?? '' };
  const list = await listSignatures(rpcClient(server.url), scenario.focus, newer, never);
  assert.deepEqual(
    list.signatures.map(({ signature }) => signature),
    all.slice(0, 7),
  );
  assert.equal(list.truncated, false);
});

test('a list can begin after a known signature', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const later = { ...options, before: all[11] ?? '' };
  const list = await listSignatures(rpcClient(server.url), scenario.focus, later, never);
  assert.deepEqual(
    list.signatures.map(({ signature }) => signature),
    all.slice(12),
  );
});

test('the position in the block is kept where an endpoint tells it', async () => {
  const page = recorded.map((record, index) => ({ ...record, transactionIndex: 100 + index }));
  let asked = 0;
  await using server = await startRpcServer({ answer: () => ({ result: asked++ ? [] : page }) });
  const list = await listSignatures(rpcClient(server.url), scenario.focus, options, never);
  assert.equal(list.signatures[3]?.transactionIndex, 103);
});

const lies: readonly (readonly [string, unknown, RegExp])[] = [
  ['the same page for ever', recorded, /out of order/],
  ['pages with the oldest first', recorded.toReversed(), /out of order/],
  ['something that is no list', { value: [] }, /not what the method is documented to give/],
  ['a signature that is none', [{ ...recorded[0], signature: 'abc' }], /not a signature/],
  ['a slot that is no number', [{ ...recorded[0], slot: '12' }], /not what the method/],
];

for (const [name, result, pattern] of lies) {
  test(`an endpoint that gives ${name} ends the listing`, async () => {
    await using server = await startRpcServer({ answer: () => ({ result }) });
    await assert.rejects(
      listSignatures(rpcClient(server.url), scenario.focus, options, never),
      (error) =>
        error instanceof OperatingError &&
        error.code === 'RPC_UNREACHABLE' &&
        !error.retryable &&
        pattern.test(error.message),
    );
  });
}
