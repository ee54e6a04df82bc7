import assert from 'node:assert/strict';
import test from 'node:test';
import { type ErrorCode, OperatingError } from '../../../src/core/errors.ts';
import { rpcClient } from '../../support/rpc-client.ts';
import { type RpcFault, startRpcServer } from '../../support/rpc-server.ts';

const never = new AbortController().signal;
const HTML = '<html><body>Just a moment…</body></html>';

function isError(code: ErrorCode, retryable: boolean, pattern: RegExp) {
  return (error: unknown) => {
    assert(error instanceof OperatingError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.retryable, retryable, error.message);
    assert.match(error.message, pattern);
    return true;
  };
}

test('a call gives its result, and the endpoint learns who asks', async () => {
  await using server = await startRpcServer({});
  const withUser = server.url.replace('//', '//me:secret@');
  assert.equal(await rpcClient(withUser).call('getSlot', [], never), 400_002_000);
  const [headers] = server.requestHeaders;
  assert.equal(headers?.['user-agent'], 'millrace/test');
  assert.match(headers?.authorization ?? '', /^Basic /);
});

const temporary: readonly (readonly [string, RpcFault])[] = [
  ['a refusal for speed', { type: 'http', status: 429, body: '', headers: { 'retry-after': '1' } }],
  ['a server error', { type: 'http', status: 502, body: HTML }],
  ['a page of HTML with status 200', { type: 'http', status: 200, body: HTML }],
  ['an empty reply', { type: 'http', status: 200, body: '' }],
  ['a reply to another call', { type: 'http', status: 200, body: '{"id":0,"result":1}' }],
  ['a lost connection', { type: 'disconnect' }],
  ['half a reply', { type: 'half-reply' }],
  ['an unhealthy node', { type: 'reply', reply: { error: { code: -32005, message: 'behind' } } }],
  ['a block not there yet', { type: 'reply', reply: { error: { code: -32004, message: 'no' } } }],
  ['a rate limit in the reply', { type: 'reply', reply: { error: { code: 429, message: '!' } } }],
];

for (const [name, fault] of temporary) {
  test(`${name} is asked again, and the answer then counts`, async () => {
    await using server = await startRpcServer({});
    server.fail(fault, 2);
    assert.equal(await rpcClient(server.url).call('getSlot', [], never), 400_002_000);
    assert.equal(server.received.length, 3);
  });
}

const lasting: readonly (readonly [string, RpcFault, ErrorCode, RegExp])[] = [
  ['too fast', { type: 'http', status: 429, body: '' }, 'RPC_REFUSED', /HTTP 429/],
  ['HTML', { type: 'http', status: 200, body: HTML }, 'RPC_UNREACHABLE', /beginning <html>/],
  ['silence', { type: 'silent' }, 'RPC_UNREACHABLE', /none within 20 ms/],
  ['disconnect', { type: 'disconnect' }, 'RPC_UNREACHABLE', /closed|ECONNRESET/],
  [
    'a block that never comes',
    { type: 'reply', reply: { error: { code: -32004, message: 'Block not available' } } },
    'RPC_PRUNED',
    /-32004: Block not available/,
  ],
];

for (const [name, fault, code, pattern] of lasting) {
  test(`${name} ends after the allowed tries with ${code}`, async () => {
    await using server = await startRpcServer({});
    server.fail(fault, 100);
    const timeoutMs = fault.type === 'silent' ? 20 : 5_000;
    const client = rpcClient(server.url, { timeoutMs });
    await assert.rejects(client.call('getSlot', [], never), isError(code, true, pattern));
    assert.equal(server.received.length, 3);
  });
}

const final: readonly (readonly [string, RpcFault, ErrorCode, RegExp])[] = [
  ['an unknown key', { type: 'http', status: 401, body: 'no' }, 'RPC_REFUSED', /HTTP 401/],
  [
    'a redirect',
    { type: 'http', status: 301, body: '', headers: { location: 'http://127.0.0.1:1/' } },
    'RPC_REFUSED',
    /HTTP 301/,
  ],
  [
    'an unknown method in a reply of status 400',
    { type: 'http', status: 400, body: '{"error":{"code":-32601,"message":"Method not found"}}' },
    'RPC_REFUSED',
    /-32601: Method not found/,
  ],
  [
    'no history kept',
    { type: 'reply', reply: { error: { code: -32011, message: 'history not available' } } },
    'RPC_PRUNED',
    /-32011/,
  ],
  [
    'a slot skipped in long-term storage',
    { type: 'reply', reply: { error: { code: -32009, message: 'skipped' } } },
    'RPC_PRUNED',
    /-32009/,
  ],
  [
    'a slot lost to a snapshot',
    { type: 'reply', reply: { error: { code: -32007, message: 'skipped' } } },
    'RPC_PRUNED',
    /-32007/,
  ],
  [
    'an unsupported version',
    { type: 'reply', reply: { error: { code: -32015, message: 'version (1)' } } },
    'RPC_REFUSED',
    /-32015/,
  ],
];

for (const [name, fault, code, pattern] of final) {
  test(`${name} is not asked again: ${code}`, async () => {
    await using server = await startRpcServer({});
    server.fail(fault, 100);
    const call = rpcClient(server.url).call('getSlot', [], never);
    await assert.rejects(call, isError(code, false, pattern));
    assert.equal(server.received.length, 1);
  });
}

test('an endless reply is cut at its bound and not asked again', async () => {
  await using server = await startRpcServer({});
  server.fail({ type: 'endless' }, 100);
  const client = rpcClient(server.url, { replyBytesMax: 200_000 });
  const call = client.call('getSlot', [], never);
  await assert.rejects(call, isError('RPC_REFUSED', false, /at most 200000 bytes/));
  assert.equal(server.received.length, 1);
});

test('nobody at the address is an error that names the host and no key', async () => {
  const server = await startRpcServer({});
  await server[Symbol.asyncDispose]();
  const client = rpcClient(`${server.url}/abcdef0123456789?api-key=topsecretvalue`);
  await assert.rejects(client.call('getSlot', [], never), (error) => {
    assert(isError('RPC_UNREACHABLE', true, /ECONNREFUSED/)(error));
    const shown = JSON.stringify(error) + String(error);
    assert.match(shown, new RegExp(server.host));
    assert.doesNotMatch(shown, /abcdef0123456789|topsecretvalue/);
    return true;
  });
});

test('a key that an endpoint echoes is not repeated', async () => {
  await using server = await startRpcServer({});
  server.fail({ type: 'http', status: 403, body: 'key topsecretvalue is expired' }, 1);
  const client = rpcClient(`${server.url}/?api-key=topsecretvalue`);
  await assert.rejects(client.call('getSlot', [], never), (error) => {
    assert(isError('RPC_REFUSED', false, /key \*\*\* is expired/)(error));
    return true;
  });
});

test('an abort ends a call that waits for a reply, and one that waits to try again', async () => {
  await using server = await startRpcServer({});
  server.fail({ type: 'silent' }, 1);
  const first = new AbortController();
  const waiting = rpcClient(server.url).call('getSlot', [], first.signal);
  const cancelled = isError('CANCELLED', false, /stopped/);
  setImmediate(() => first.abort());
  await assert.rejects(waiting, cancelled);

  server.fail({ type: 'disconnect' }, 100);
  const slow = rpcClient(server.url, { backoff: { firstMs: 1e6, maxMs: 1e6 } });
  const second = new AbortController();
  const retrying = slow.call('getSlot', [], second.signal);
  setImmediate(() => second.abort());
  await assert.rejects(retrying, cancelled);
  await assert.rejects(slow.call('getSlot', [], second.signal), cancelled);
});

test('many calls keep their order within the bound on requests in flight', async () => {
  await using server = await startRpcServer({ answer: ({ params }) => ({ result: params[0] }) });
  const calls = Array.from({ length: 50 }, (_unused, number) => ({
    method: 'echo',
    params: [number],
  }));
  const outcomes = await rpcClient(server.url, { concurrencyMax: 3 }).callMany(calls, never);
  const results = outcomes.map((outcome) => outcome.ok && outcome.result);
  assert.deepEqual(
    results,
    calls.map(({ params }) => params[0]),
  );
  assert(server.concurrencySeen() <= 3, `${server.concurrencySeen()} at once`);
});

test('a batch is sorted back into order, and only what failed is asked again', async () => {
  await using server = await startRpcServer({ answer: ({ params }) => ({ result: params[0] }) });
  server.fail({ type: 'reply', reply: { error: { code: -32005, message: 'behind' } } }, 2);
  const calls = Array.from({ length: 10 }, (_unused, number) => ({
    method: 'echo',
    params: [number],
  }));
  const client = rpcClient(server.url, { batchMax: 5, concurrencyMax: 1 });
  const outcomes = await client.callMany(calls, never);
  const results = outcomes.map((outcome) => outcome.ok && outcome.result);
  assert.deepEqual(results, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(server.requestHeaders.length, 3);
  assert.equal(server.received.length, 12);
});

test('an endpoint that refuses batches is asked one by one from then on', async () => {
  await using server = await startRpcServer({
    refuseBatches: true,
    answer: ({ params }) => ({ result: params[0] }),
  });
  const calls = [0, 1, 2, 3, 4, 5].map((number) => ({ method: 'echo', params: [number] }));
  const client = rpcClient(server.url, { batchMax: 3, concurrencyMax: 1 });
  const outcomes = await client.callMany(calls, never);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.ok && outcome.result),
    [0, 1, 2, 3, 4, 5],
  );
  assert.equal(server.requestHeaders.length, 1 + 6);
});
