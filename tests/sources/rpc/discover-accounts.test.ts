import assert from 'node:assert/strict';
import test from 'node:test';
import { discoverAccounts } from '../../../src/sources/rpc/discover-accounts.ts';
import { rpcClient } from '../../support/rpc-client.ts';
import { loadScenario, startRpcServer } from '../../support/rpc-server.ts';

const never = new AbortController().signal;
const one = loadScenario('session_ok');
const two = loadScenario('session_two_chunks_per_tx');
const options = {
  commitment: 'confirmed',
  pagesMax: 25,
  pageSize: 1000,
  before: null,
  until: null,
} as const;
const UNUSED = '11111111111111111111111111111112';

test('every account gets its own history with its oldest and newest slot', async () => {
  await using server = await startRpcServer({ scenarios: [one, two] });
  const client = rpcClient(server.url);
  const found = await discoverAccounts(client, [two.focus, one.focus], options, never);
  assert.deepEqual(found.warnings, []);
  assert.deepEqual(
    found.histories.map((history) => [
      history.account,
      history.signatures.length,
      history.oldestSlot,
      history.newestSlot,
    ]),
    [
      [two.focus, 14, 400_011_000, 400_011_019],
      [one.focus, 16, 400_001_000, 400_001_020],
    ],
  );
});

test('a page limit that cuts history off is told with the oldest slot seen', async () => {
  await using server = await startRpcServer({ scenarios: [one] });
  const client = rpcClient(server.url);
  const few = { ...options, pagesMax: 2, pageSize: 4 };
  const found = await discoverAccounts(client, [one.focus], few, never);
  const oldestSlot = one.rpc.getSignaturesForAddress[one.focus]?.[7]?.slot;
  assert.deepEqual(found.warnings, [
    { type: 'page-limit', account: one.focus, pages: 2, oldestSlot },
  ]);
  assert.equal(found.histories[0]?.oldestSlot, oldestSlot);
});

test('an account without signatures is told, and the others are found', async () => {
  await using server = await startRpcServer({ scenarios: [one] });
  const client = rpcClient(server.url);
  const found = await discoverAccounts(client, [UNUSED, one.focus], options, never);
  assert.deepEqual(found.warnings, [{ type: 'no-signatures', account: UNUSED }]);
  assert.deepEqual(
    found.histories.map(({ account }) => account),
    [one.focus],
  );
});
