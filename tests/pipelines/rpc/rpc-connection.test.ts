import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { connectRpc } from '../../../src/pipelines/rpc/rpc-connection.ts';
import { checkRpc } from '../../../src/pipelines/rpc/rpc-reachability.ts';
import { loadScenario, startRpcServer } from '../../support/rpc-server.ts';

const bounds = { requestsPerSecond: 1000, concurrency: 3, timeoutMs: 5_000, triesMax: 1 };
const never = new AbortController().signal;

test('a connection keeps to the given bounds', async () => {
  const scenario = loadScenario('session_ok');
  await using server = await startRpcServer({ scenarios: [scenario] });
  const { client, reader } = connectRpc({ url: server.url, ...bounds });
  const references = (scenario.rpc.getSignaturesForAddress[scenario.focus] ?? []).map((record) => ({
    ...record,
    transactionIndex: 0,
    failed: null,
  }));
  const { transactions } = await reader.fetch(references, never);
  assert.equal(transactions.length, references.length);
  assert(server.concurrencySeen() <= 3);
  server.fail({ type: 'disconnect' }, 1);
  await assert.rejects(
    client.call('getSlot', [], never),
    (error) => error instanceof OperatingError && error.code === 'RPC_UNREACHABLE',
  );
});

test('an address that is none is a configuration error', () => {
  assert.throws(
    () => connectRpc({ url: 'mainnet', ...bounds }),
    (error) => error instanceof OperatingError && error.code === 'CONFIG',
  );
});

test('a check tells where the endpoint stands, or why it cannot be reached', async () => {
  await using server = await startRpcServer({});
  const options = { url: server.url, ...bounds };
  assert.equal((await checkRpc(options, never)).epoch, 925);
  server.fail({ type: 'http', status: 403, body: 'no' }, 10);
  await assert.rejects(
    checkRpc(options, never),
    (error) => error instanceof OperatingError && error.code === 'RPC_REFUSED',
  );
});
