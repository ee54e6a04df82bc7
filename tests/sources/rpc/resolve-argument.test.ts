import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeBase58 } from '../../../src/core/base58.ts';
import { OperatingError } from '../../../src/core/errors.ts';
import {
  parseSessionArgument,
  resolveArgument,
} from '../../../src/sources/rpc/resolve-argument.ts';
import { rpcClient, transactionReader } from '../../support/rpc-client.ts';
import { loadScenario, startRpcServer } from '../../support/rpc-server.ts';

const never = new AbortController().signal;
const scenario = loadScenario('session_ok');
const finalize = scenario.finalizeSignature ?? '';

test('an argument is an account or a signature by its length in bytes', () => {
  assert.deepEqual(parseSessionArgument(scenario.focus), {
    type: 'account',
    account: scenario.focus,
  });
  assert.deepEqual(parseSessionArgument(finalize), { type: 'signature', signature: finalize });
});

test('any other text is a usage error that names it', () => {
  const texts = ['', 'nonsense', `${scenario.focus}0`, encodeBase58(new Uint8Array(48).fill(9))];
  for (const text of texts) {
    assert.throws(
      () => parseSessionArgument(text),
      (error) =>
        error instanceof OperatingError && error.code === 'USAGE' && error.message.includes(text),
    );
  }
});

test('a signature is fetched and classified, an account is left as it is', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const reader = transactionReader(rpcClient(server.url));
  const resolve = (text: string) =>
    resolveArgument(reader, parseSessionArgument(text), ({ wire }) => wire.length, never);
  const resolved = await resolve(finalize);
  assert(resolved.type === 'transaction');
  assert.equal(resolved.transaction.signature, finalize);
  assert.equal(resolved.meaning, resolved.transaction.wire.length);
  assert.deepEqual(await resolve(scenario.focus), { type: 'account', account: scenario.focus });
});

test('a signature that the endpoint does not have is an error', async () => {
  await using server = await startRpcServer({ scenarios: [scenario] });
  const reader = transactionReader(rpcClient(server.url));
  const unknown = parseSessionArgument(encodeBase58(new Uint8Array(64).fill(9)));
  await assert.rejects(
    resolveArgument(reader, unknown, () => null, never),
    (error) => error instanceof OperatingError && error.code === 'RPC_PRUNED',
  );
});
