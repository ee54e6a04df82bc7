import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import {
  ClickhouseClient,
  type ClickhouseClientOptions,
} from '../../src/sinks/clickhouse-client.ts';
import { freePort } from '../support/free-port.ts';

const never = new AbortController().signal;

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(
  t: TestContext,
  dsn: string,
  options: Partial<ClickhouseClientOptions> = {},
): ClickhouseClient {
  const client = new ClickhouseClient({
    dsn,
    database: 'd',
    requestTimeoutMs: 5_000,
    triesMax: 3,
    backoff: { firstMs: 1, maxMs: 2 },
    random: () => 0,
    ...options,
  });
  t.after(() => client.close());
  return client;
}

test('an insert that fails in a passing way is sent again, whole, until it is accepted', async (t) => {
  const bodies: string[] = [];
  const dsn = await serve(t, async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    bodies.push(Buffer.concat(parts).toString());
    if (bodies.length === 1) return void response.socket?.destroy();
    if (bodies.length === 3) return void response.end();
    response.writeHead(500, { 'x-clickhouse-exception-code': '252' });
    response.end('Code: 252. DB::Exception: Too many parts. (TOO_MANY_PARTS) (version 26.7)');
  });
  await open(t, dsn).insert('t', ['a'], Buffer.from('rows'), never);
  assert.deepEqual(bodies, ['rows', 'rows', 'rows']);
});

test('tries are bounded, and the last error says what was attempted', async (t) => {
  const client = open(t, `http://127.0.0.1:${await freePort()}`);
  await assert.rejects(client.insert('t', ['a'], Buffer.from('x'), never), {
    code: 'SINK_UNREACHABLE',
    retryable: true,
    message: /inserting into t: .*ECONNREFUSED/,
  });
});

test('a refusal is not tried again', async (t) => {
  let asked = 0;
  const dsn = await serve(t, (_request, response) => {
    asked++;
    response.writeHead(400);
    response.end('Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR) (version 26.7)');
  });
  await assert.rejects(open(t, dsn).command('SELEKT', never), {
    code: 'SINK_REFUSED',
    message: /running "SELEKT".*62 SYNTAX_ERROR/,
  });
  assert.equal(asked, 1);
});

test('a full disk of the server is told apart', async (t) => {
  const dsn = await serve(t, (_request, response) => {
    response.writeHead(500);
    response.end('Code: 243. DB::Exception: Cannot reserve 1.00 MiB. (NOT_ENOUGH_SPACE)');
  });
  await assert.rejects(open(t, dsn, { triesMax: 1 }).command('X', never), { code: 'DISK_FULL' });
});

test('aborting ends the pause between tries', async (t) => {
  const scope = new AbortController();
  const dsn = await serve(t, (_request, response) => {
    response.socket?.destroy();
    setImmediate(() => scope.abort(new Error('enough')));
  });
  const client = open(t, dsn, { triesMax: 9, backoff: { firstMs: 600_000, maxMs: 600_000 } });
  await assert.rejects(client.command('X', scope.signal), (error: Error) => {
    assert(error.name === 'AbortError' || error.message === 'enough', String(error));
    return true;
  });
});

test('user and password of the DSN are sent as credentials and stand in no address or error', async (t) => {
  const seen: { url: string; authorization: string }[] = [];
  const dsn = await serve(t, (request, response) => {
    const { url = '', headers } = request;
    seen.push({ url, authorization: headers.authorization ?? '' });
    response.writeHead(403);
    response.end('Code: 516. DB::Exception: user: Authentication failed. (AUTHENTICATION_FAILED)');
  });
  const client = open(t, dsn.replace('http://', 'http://me:s%40cret@'));
  await assert.rejects(client.command('X', never), (error: Error) => {
    assert.doesNotMatch(error.message, /s@cret|s%40cret/);
    return true;
  });
  assert.doesNotMatch(seen[0]?.url ?? '', /cret/);
  const expected = `Basic ${Buffer.from('me:s@cret').toString('base64')}`;
  assert.equal(seen[0]?.authorization, expected);
});
