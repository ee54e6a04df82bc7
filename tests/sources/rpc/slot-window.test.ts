import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { discoverSlotWindow } from '../../../src/sources/rpc/slot-window.ts';
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
  slotPadding: 0,
} as const;
const UNUSED = '11111111111111111111111111111112';

test('the window goes from the oldest to the newest slot of all accounts', async () => {
  await using server = await startRpcServer({ scenarios: [one, two] });
  const client = rpcClient(server.url);
  const found = await discoverSlotWindow(client, [two.focus, one.focus], options, never);
  assert.deepEqual(found.window, { start: 400_001_000, end: 400_011_020 });
  assert.deepEqual(found.warnings, []);
  assert.deepEqual(
    found.lists.map(({ account, signatures }) => [account, signatures.length]),
    [
      [two.focus, 14],
      [one.focus, 16],
    ],
  );
});

test('padding widens the window on both sides and stops at slot 0', async () => {
  await using server = await startRpcServer({ scenarios: [one] });
  const client = rpcClient(server.url);
  const padded = { ...options, slotPadding: 7 };
  const found = await discoverSlotWindow(client, [one.focus], padded, never);
  assert.deepEqual(found.window, { start: 400_000_993, end: 400_001_028 });
  const far = { ...options, slotPadding: 500_000_000 };
  const { window } = await discoverSlotWindow(client, [one.focus], far, never);
  assert.equal(window.start, 0);
});

test('a page limit that cuts history off is told with the oldest slot seen', async () => {
  await using server = await startRpcServer({ scenarios: [one] });
  const client = rpcClient(server.url);
  const few = { ...options, pagesMax: 2, pageSize: 4 };
  const found = await discoverSlotWindow(client, [one.focus], few, never);
  const oldestSlot = one.rpc.getSignaturesForAddress[one.focus]?.[7]?.slot;
  assert.deepEqual(found.warnings, [
    { type: 'page-limit', account: one.focus, pages: 2, oldestSlot },
  ]);
  assert.equal(found.window.start, oldestSlot);
});

test('an account without signatures is told, and the others decide the window', async () => {
  await using server = await startRpcServer({ scenarios: [one] });
  const client = rpcClient(server.url);
  const found = await discoverSlotWindow(client, [UNUSED, one.focus], options, never);
  assert.deepEqual(found.warnings, [{ type: 'no-signatures', account: UNUSED }]);
  assert.deepEqual(found.window, { start: 400_001_000, end: 400_001_021 });
});

test('no signatures at all is an error that says what to check', async () => {
  await using server = await startRpcServer({ scenarios: [one] });
  await assert.rejects(
    discoverSlotWindow(rpcClient(server.url), [UNUSED], options, never),
    (error) =>
      error instanceof OperatingError &&
      error.code === 'RPC_PRUNED' &&
      error.message.startsWith(`no signatures found for ${UNUSED}`) &&
      error.message.includes('IQ_RPC_URL'),
  );
});
