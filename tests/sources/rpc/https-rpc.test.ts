import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { beforeEach, type TestContext, test } from 'node:test';
import { rpcClient } from '../../support/rpc-client.ts';
import { tlsCertificate, trustOnly } from '../../support/tls-certificate.ts';

/** Goal: an endpoint is asked over TLS, and only when its certificate is in order. */

const never = new AbortController().signal;
const loopback = tlsCertificate('loopback');
beforeEach(() => trustOnly());

/** An endpoint that knows one answer. */
async function serve(t: TestContext): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer(loopback, async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    response.end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, result: 7 }));
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}`, connections: () => connections };
}

test('a trusted endpoint answers over TLS', async (t) => {
  trustOnly(loopback);
  const { url } = await serve(t);
  assert.equal(await rpcClient(url).call('getSlot', [], never), 7);
});

test('a certificate that nobody vouches for is refused without another try', async (t) => {
  const { url, connections } = await serve(t);
  await assert.rejects(rpcClient(url).call('getSlot', [], never), {
    code: 'RPC_UNREACHABLE',
    retryable: false,
    message:
      /^getSlot at 127\.0\.0\.1:\d+: expected a certificate that this machine trusts, received/,
  });
  assert.equal(connections(), 1);
});
