import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { probeRpc } from '../../../src/sources/rpc/probe-rpc.ts';
import { rpcClient } from '../../support/rpc-client.ts';
import { startRpcServer } from '../../support/rpc-server.ts';

const never = new AbortController().signal;

test('a reachable endpoint tells its slot, epoch and oldest slot', async () => {
  await using server = await startRpcServer({});
  assert.deepEqual(await probeRpc(rpcClient(server.url), never), {
    host: server.host,
    slot: 400_002_000,
    epoch: 925,
    firstAvailableSlot: 0,
  });
});

test('an endpoint that keeps its oldest slot to itself is still reachable', async () => {
  await using server = await startRpcServer({});
  const reply = { error: { code: -32601, message: 'Method not found' } };
  server.fail({ type: 'reply', reply }, 1, 'getFirstAvailableBlock');
  const health = await probeRpc(rpcClient(server.url), never);
  assert.equal(health.firstAvailableSlot, null);
});

test('an endpoint that answers something else is not healthy', async () => {
  await using server = await startRpcServer({ answer: () => ({ result: 'fine' }) });
  await assert.rejects(
    probeRpc(rpcClient(server.url), never),
    (error) => error instanceof OperatingError && error.code === 'RPC_UNREACHABLE',
  );
});
